import { AppError, errorText } from './errors.ts';
import type { OutRecord, Producer } from './kafka.ts';
import type { Logger } from './logger.ts';
import { gauge } from './metrics.ts';
import { sizeOf } from './record-size.ts';

const REQUESTS_IN_FLIGHT = 2;
const REQUEST_RECORDS = 500;
const REQUEST_BYTES = 524_288;

export interface PublisherOptions {
  readonly producer: Producer;
  readonly log: Logger;
  /** Records that may wait for their acknowledgement; one more is refused at once. */
  readonly maximumQueued?: number;
  /** How long the oldest record not yet sent may have waited before new ones are refused at once, ms. */
  readonly maximumAgeMs?: number;
  /** A record not acknowledged by then fails, ms; it may have been written all the same. */
  readonly deadlineMs?: number;
}

export interface PublishOptions {
  /** What is left of the caller's patience, ms. */
  readonly deadlineMs?: number;
}

export interface Publisher {
  /**
   * Resolves once every in-sync replica has the record.
   * @param options deadlineMs: an earlier deadline than the publisher's own; a later one changes nothing
   * @throws AppError `unavailable`, retriable: refused at the bounds, or not confirmed; it may or may not be written
   */
  publish(record: OutRecord, options?: PublishOptions): Promise<void>;
  /** Why a record offered now would be refused at once: lets a caller turn away before it has done anything for it. */
  refusal(): AppError | null;
  /** Records that wait, sent or not. */
  depth(): number;
  /** Refuses new records and waits for the others, no longer than their deadline. The producer stays open. */
  close(): Promise<void>;
}

interface Waiting {
  readonly record: OutRecord;
  readonly bytes: number;
  readonly sinceMs: number;
  /** When it fails unless it has been confirmed, on the clock of `performance.now()`: no clock that is set moves it. */
  readonly endsMs: number;
  resolve(): void;
  reject(error: AppError): void;
}

const waitingRecords = gauge('rostra_publisher_waiting_records', 'Records that wait for the broker to confirm them');

/**
 * Collects records into requests without a timer: what comes while nothing is in flight leaves on the next turn of the
 * loop, what comes meanwhile leaves together, in at most two requests at a time. All bounds fail fast: a broker that
 * hangs costs the first callers 5 s, and nothing those that come while its requests have hung for 3 s.
 */
export function createPublisher(options: PublisherOptions): Publisher {
  return new ChainedPublisher(options);
}

class ChainedPublisher implements Publisher {
  readonly #producer: Producer;
  readonly #log: Logger;
  readonly #maximumQueued: number;
  readonly #maximumAgeMs: number;
  readonly #deadlineMs: number;
  /** Not yet sent, oldest first. */
  #queue: Waiting[] = [];
  /** Everything unsettled, oldest first: a set keeps the order of insertion. */
  readonly #unsettled = new Set<Waiting>();
  /** When each request in flight was sent, oldest first, ms. */
  readonly #inFlight = new Map<symbol, number>();
  #isFlushPlanned = false;
  #isClosed = false;
  #deadline: { readonly endsMs: number; readonly timer: NodeJS.Timeout } | null = null;
  #emptied = Promise.withResolvers<void>();

  constructor({ producer, log, maximumQueued = 2_000, maximumAgeMs = 3_000, deadlineMs = 5_000 }: PublisherOptions) {
    this.#producer = producer;
    this.#log = log;
    this.#maximumQueued = maximumQueued;
    this.#maximumAgeMs = maximumAgeMs;
    this.#deadlineMs = deadlineMs;
  }

  publish(record: OutRecord, { deadlineMs = this.#deadlineMs }: PublishOptions = {}): Promise<void> {
    const refusal = deadlineMs > 0 ? this.refusal() : unavailable('there was no time left to ask the broker');
    if (refusal) return Promise.reject(refusal);
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    if (this.#unsettled.size === 0) this.#emptied = Promise.withResolvers<void>();
    const sinceMs = performance.now();
    const endsMs = sinceMs + Math.min(deadlineMs, this.#deadlineMs);
    const waiting = { record, bytes: sizeOf(record), sinceMs, endsMs, resolve, reject };
    this.#unsettled.add(waiting);
    this.#queue.push(waiting);
    waitingRecords.set(this.#unsettled.size);
    this.#planFlush();
    this.#watchDeadline(endsMs);
    return promise;
  }

  depth(): number {
    return this.#unsettled.size;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    if (this.#unsettled.size > 0) await this.#emptied.promise;
  }

  refusal(): AppError | null {
    if (this.#isClosed) return unavailable('the publisher is closed');
    if (this.#unsettled.size >= this.#maximumQueued) return unavailable(`${this.#maximumQueued} records wait already`);
    const [oldest] = this.#unsettled;
    const [sentMs] = this.#inFlight.values();
    const waitingMs = performance.now() - Math.min(oldest?.sinceMs ?? Infinity, sentMs ?? Infinity);
    return waitingMs > this.#maximumAgeMs ? unavailable(`nothing was confirmed for ${Math.round(waitingMs)} ms`) : null;
  }

  #planFlush(): void {
    if (this.#isFlushPlanned || this.#queue.length === 0 || this.#inFlight.size >= REQUESTS_IN_FLIGHT) return;
    this.#isFlushPlanned = true;
    setImmediate(() => this.#flush());
  }

  #flush(): void {
    this.#isFlushPlanned = false;
    // What has expired meanwhile was refused: it must not be written after that without need.
    this.#queue = this.#queue.filter((waiting) => this.#unsettled.has(waiting));
    while (this.#queue.length > 0 && this.#inFlight.size < REQUESTS_IN_FLIGHT) {
      void this.#send(this.#queue.splice(0, requestLength(this.#queue)));
    }
  }

  async #send(request: readonly Waiting[]): Promise<void> {
    const id = Symbol();
    this.#inFlight.set(id, performance.now());
    let error: AppError | null = null;
    try {
      await this.#producer.send(request.map(({ record }) => record));
    } catch (cause) {
      this.#log.warn({ records: request.length, reason: errorText(cause) }, 'the broker did not confirm a request');
      error = unavailable('the broker did not confirm', cause);
    }
    this.#inFlight.delete(id);
    for (const waiting of request) this.#settle(waiting, error);
    this.#planFlush();
  }

  /** Does nothing for what has expired already: a late answer turns no refusal into a success. */
  #settle(waiting: Waiting, error: AppError | null): void {
    if (!this.#unsettled.delete(waiting)) return;
    waitingRecords.set(this.#unsettled.size);
    if (error) waiting.reject(error);
    else waiting.resolve();
    if (this.#unsettled.size > 0) return;
    clearTimeout(this.#deadline?.timer);
    this.#deadline = null;
    this.#emptied.resolve();
  }

  /** One timer, for the earliest deadline of all. */
  #watchDeadline(endsMs: number): void {
    if (this.#deadline && this.#deadline.endsMs <= endsMs) return;
    clearTimeout(this.#deadline?.timer);
    const timer = setTimeout(() => this.#expire(), Math.max(0, endsMs - performance.now()));
    this.#deadline = { endsMs, timer };
  }

  #expire(): void {
    this.#deadline = null;
    const nowMs = performance.now();
    let nextMs = Infinity;
    for (const waiting of this.#unsettled) {
      if (waiting.endsMs > nowMs) nextMs = Math.min(nextMs, waiting.endsMs);
      else
        this.#settle(
          waiting,
          unavailable(`the broker did not confirm within ${Math.round(nowMs - waiting.sinceMs)} ms`),
        );
    }
    if (nextMs < Infinity) this.#watchDeadline(nextMs);
  }
}

/** How many of the oldest fit into one request; at least one. */
function requestLength(queue: readonly Waiting[]): number {
  let bytes = 0;
  const end = queue.findIndex((waiting, at) => (bytes += waiting.bytes) > REQUEST_BYTES && at > 0);
  return Math.min(end < 0 ? queue.length : end, REQUEST_RECORDS);
}

function unavailable(message: string, cause?: unknown): AppError {
  return new AppError('unavailable', message, { retriable: true, cause });
}
