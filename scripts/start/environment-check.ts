import { EnvironmentError } from '../../shared/environment.ts';
import { contexts, type Context } from '../../shared/groups.ts';
import { readIngressEnvironment } from '../../ingress/env.ts';
import { readServicesEnvironment } from '../../services/env.ts';
import { readWorkersEnvironment } from '../../workers/env.ts';
import { readGatewayEnvironment } from '../../ws-gateway/env.ts';
import { processEnvironment } from '../fleet/environment.ts';
import { programOf, type ProcfileEntry } from '../fleet/procfile.ts';
import { readSettings } from './settings.ts';

/** Reads as each program does before it touches anything, by the file that the Procfile starts. */
const readers: Record<string, (env: NodeJS.ProcessEnv, words: string[]) => unknown> = {
  'ingress/main.ts': readIngressEnvironment,
  'services/main.ts': (env, words) => readServicesEnvironment(env, words as Context[]),
  'workers/main.ts': readWorkersEnvironment,
  'ws-gateway/main.ts': readGatewayEnvironment,
};

/**
 * Asks everything that `npm start` will run whether it could live in this environment, before anything is started.
 * Throws EnvironmentError with every fault once, and who would stop at it where that is not everybody.
 */
export function checkEnvironment(env: NodeJS.ProcessEnv, processes: readonly ProcfileEntry[]): void {
  const own = faultsOf(() => readSettings(env));
  const stopped = new Map<string, string[]>();
  for (const entry of processes) {
    for (const fault of faultsOf(() => readAs(entry, env))) {
      stopped.set(fault, [...(stopped.get(fault) ?? []), entry.name]);
    }
  }
  const theirs = [...stopped].map(([fault, names]) =>
    names.length === processes.length ? fault : `${fault} (${names.join(', ')})`,
  );
  if (own.length + theirs.length > 0) throw new EnvironmentError([...own, ...theirs]);
}

function readAs(entry: ProcfileEntry, env: NodeJS.ProcessEnv): unknown {
  const [program = '', ...words] = programOf(entry.command);
  const ports = { port: 1, metricsPort: 1 };
  return readers[program]?.(processEnvironment(entry, { ...env, ...madeUp(env) }, ports, {}), words);
}

/** Stands for what `npm start` finds or makes up later, and has judged by itself already where it was given. */
function madeUp(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const databases = Object.keys(env).filter((name) => /^DATABASE_(REPLICA_)?URL/.test(name));
  return {
    ...Object.fromEntries(databases.map((name) => [name, undefined])),
    ...Object.fromEntries(contexts.map((context) => [`DATABASE_URL_${context.toUpperCase()}`, 'mysql://host'])),
    KAFKA_BROKERS: 'host:1',
    REDIS_URL: 'redis://host',
    ...{ PORT: '1', WS_PORT: '1' },
    ...(env.JWT_SECRET || env.JWT_PUBLIC_KEY || env.JWT_JWKS_URL ? {} : { JWT_SECRET: 'made up' }),
  };
}

function faultsOf(read: () => unknown): readonly string[] {
  try {
    read();
    return [];
  } catch (error) {
    if (error instanceof EnvironmentError) return error.faults;
    throw error;
  }
}
