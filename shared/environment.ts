/**
 * Reading the environment: each process has one `env.ts` that names what it needs; all that cannot be right is listed
 * at once, and the process stops before it has touched anything.
 */
export type Source = Readonly<Record<string, string | undefined>>;

/** EX_CONFIG of sysexits.h: started again with the same environment, the process would end the same way. */
export const EXIT_ENVIRONMENT = 78;

export class EnvironmentError extends Error {
  readonly faults: readonly string[];

  constructor(faults: readonly string[]) {
    super(`The environment cannot be right:\n${faults.map((fault) => `  - ${fault}`).join('\n')}`);
    this.faults = faults;
  }
}

/** Collects every fault while values are read; `finish` throws them together. */
export class EnvironmentReader {
  readonly #source: Source;
  readonly #faults: string[] = [];

  constructor(source: Source) {
    this.#source = source;
  }

  #read<T>(name: string, fallback: T | undefined, parse: (text: string) => T | null, wanted: string): T {
    const text = this.#source[name];
    if (text === undefined || text === '') {
      if (fallback !== undefined) return fallback;
      this.#faults.push(`${name} is not set; it must be ${wanted}`);
      return undefined as T;
    }
    const value = parse(text);
    if (value !== null) return value;
    this.#faults.push(`${name} must be ${wanted}`);
    return undefined as T;
  }

  text(name: string, fallback?: string): string {
    return this.#read(name, fallback, (text) => text, 'a text');
  }

  optional(name: string): string | null {
    return this.#source[name] || null;
  }

  /** A whole number within [minimum, maximum]. */
  integer(name: string, minimum: number, maximum: number, fallback?: number): number {
    const parse = (text: string) => {
      const value = /^-?[0-9]{1,15}$/.test(text) ? Number(text) : NaN;
      return value >= minimum && value <= maximum ? value : null;
    };
    return this.#read(name, fallback, parse, `a whole number from ${minimum} to ${maximum}`);
  }

  /** A TCP port; 0 asks for a free one. */
  port(name: string, fallback?: number): number {
    return this.integer(name, 0, 65_535, fallback);
  }

  boolean(name: string, fallback: boolean): boolean {
    const parse = (text: string) => (text === 'true' ? true : text === 'false' ? false : null);
    return this.#read<boolean>(name, fallback, parse, '"true" or "false"');
  }

  /** Comma-separated, blanks trimmed. */
  list(name: string, fallback?: readonly string[]): readonly string[] {
    const parse = (text: string) => {
      const parts = text.split(',').map((part) => part.trim());
      return parts.every(Boolean) ? parts : null;
    };
    return this.#read(name, fallback, parse, 'a comma-separated list');
  }

  /** A URL whose protocol is one of `protocols` ("mysql:"). */
  url(name: string, protocols: readonly string[], fallback?: string): string {
    const parse = (text: string) => (URL.canParse(text) && protocols.includes(new URL(text).protocol) ? text : null);
    return this.#read(name, fallback, parse, `a URL that starts with ${protocols.map((p) => `${p}//`).join(' or ')}`);
  }

  /** Any value with a rule of its own; `check` answers null where it is wrong. */
  parsed<T>(name: string, check: (text: string) => T | null, wanted: string, fallback?: T): T {
    return this.#read(name, fallback, check, wanted);
  }

  /** Adds a fault that concerns several variables. */
  fault(message: string): void {
    this.#faults.push(message);
  }

  /** @throws EnvironmentError with every fault, a line each */
  finish(): void {
    if (this.#faults.length === 0) return;
    throw new EnvironmentError(this.#faults);
  }
}

/** What every process reads. */
export interface CommonEnvironment {
  kafkaBrokers: readonly string[];
  redisUrl: string;
  namespace: string;
  logLevel: string;
  metricsPort: number;
}

const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'];

export function readCommon(reader: EnvironmentReader): CommonEnvironment {
  return {
    kafkaBrokers: reader.list('KAFKA_BROKERS'),
    redisUrl: reader.url('REDIS_URL', ['redis:', 'rediss:']),
    namespace: reader.parsed('NAMESPACE', (t) => (/^[a-z0-9]{1,16}$/.test(t) ? t : null), '1–16 of a–z and 0–9', ''),
    logLevel: reader.parsed(
      'LOG_LEVEL',
      (t) => (LOG_LEVELS.includes(t) ? t : null),
      `one of ${LOG_LEVELS.join(', ')}`,
      'info',
    ),
    metricsPort: reader.port('METRICS_PORT', 0),
  };
}

/** Stops the process, with the whole list and exit code 78, where the environment cannot be right. */
export function loadOrExit<T>(load: (source: Source) => T): T {
  try {
    return load(process.env);
  } catch (thrown) {
    if (!(thrown instanceof EnvironmentError)) throw thrown;
    process.stderr.write(`${thrown.message}\n`);
    process.exit(EXIT_ENVIRONMENT);
  }
}
