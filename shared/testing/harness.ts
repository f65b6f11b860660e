import { type Handled, runSlice, type SliceContext } from '../../workers/runtime/slice.ts';
import type { Clock } from '../clock.ts';
import { noCrash } from '../crash-point.ts';
import { AppError } from '../errors.ts';
import { decodeEvent, encodeEvent, type Received } from '../event.ts';
import type { EventName, Payload } from '../events/catalogue.ts';
import { freshId } from '../ids.ts';
import type { InRecord } from '../kafka.ts';
import type { DatabaseListener } from '../listener.ts';
import { OUTBOX_COLUMNS, type OutboxRow, readOutboxRow } from '../outbox.ts';
import { connectRedis, type Redis, untilReady } from '../redis.ts';
import type { TopicName } from '../topics.ts';
import type { TestDatabase } from './database.ts';
import { fromStack, testLog } from './environment.ts';

const ATTEMPTS = 5;

/** An event as a test gives it; what is left out is made up. */
export type Given = {
  [N in EventName]: { name: N; payload: Payload<N>; id?: string; fingerprint?: string; time?: Date };
}[EventName];

export interface Emitted {
  readonly id: string;
  readonly name: EventName;
  readonly payload: Payload<EventName>;
  readonly traceparent: string | null;
}

export interface Then {
  /** One for each event, in order: "done", "duplicate", "skip: why", "dead-letter: why". */
  readonly outcomes: readonly string[];
  /** What this run has put into the outbox, in order. */
  readonly emitted: readonly Emitted[];
}

export interface Harness {
  readonly redis: Redis;
  /** Handles the events as one slice of the runtime: one transaction, outbox, effects after the commit. */
  when(...events: readonly Given[]): Promise<Then>;
  /** Handles the same events again, as after a crash before the offset moved. */
  again(): Promise<Then>;
  close(): Promise<void>;
}

/**
 * Given → when → then for one group's listeners on a real database: `given` is what stands in the tables, `when` runs
 * events through the runtime's own transaction, and what it answers is `then`.
 */
export async function startHarness(
  on: TestDatabase,
  listeners: readonly DatabaseListener[],
  clock: Clock = { now: () => new Date() },
): Promise<Harness> {
  const [first] = listeners;
  if (!first) throw new Error('a harness needs a listener');
  const redis = connectRedis(fromStack('REDIS_URL'), testLog);
  await untilReady(redis);
  const context: SliceContext = {
    group: first.group,
    database: on.database,
    listeners: new Map(listeners.map((listener) => [listener.event, listener])),
    after: { redis, namespace: on.namespace, log: testLog },
    clock,
    crashPoint: noCrash,
    onEmitted: () => undefined,
  };
  let last: readonly Received[] = [];
  let offset = 0n;
  const run = async (): Promise<Then> => {
    const before = await newestOutboxId(on);
    const handled = await handledAtLast(context, last);
    return {
      outcomes: handled.map(({ result }) => ('reason' in result ? `${result.kind}: ${result.reason}` : result.kind)),
      emitted: await emittedAfter(on, before),
    };
  };
  return {
    redis,
    when(...events) {
      last = events.map((event) => receive(event, offset++));
      return run();
    },
    again: run,
    close: async () => redis.disconnect(),
  };
}

/** What is out of reach is asked again, as the runtime does: here it is a machine that was held up. */
async function handledAtLast(context: SliceContext, events: readonly Received[]): Promise<readonly Handled[]> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await runSlice(context, events);
    } catch (error) {
      if (!(error instanceof AppError && error.retriable) || attempt === ATTEMPTS) throw error;
    }
  }
}

/** An event as it arrives from Kafka: encoded, then read and validated. @throws where the payload is not of its schema */
export function receive(given: Given, offset = 0n): Received {
  const { name, payload, id = freshId(), time = new Date(), fingerprint } = given;
  const record = encodeEvent({ id, name, payload, source: 'test', time, ...(fingerprint && { fingerprint }) });
  const decoded = decodeEvent(asRead(record.topic, record.key, String(record.value), record.headers, offset));
  if (decoded.kind !== 'event') throw new Error(`${name} of this test: ${decoded.reason}`);
  return decoded.event;
}

async function newestOutboxId(on: TestDatabase): Promise<string> {
  const [row] = await on.database.select<{ id: string | null }>('SELECT MAX(id) AS id FROM outbox');
  return row?.id ?? '0';
}

async function emittedAfter(on: TestDatabase, id: string): Promise<Emitted[]> {
  const rows = await on.database.select<OutboxRow>(`SELECT ${OUTBOX_COLUMNS} FROM outbox WHERE id > ? ORDER BY id`, [
    id,
  ]);
  return rows.flatMap(readOutboxRow).map(({ topic, key, value, headers }) => {
    const decoded = decodeEvent(asRead(topic, key, String(value), headers, 0n));
    if (decoded.kind !== 'event') throw new Error(`emitted, but no consumer would take it: ${decoded.reason}`);
    const { event } = decoded;
    return { id: event.id, name: event.name, payload: event.payload, traceparent: event.traceparent };
  });
}

function asRead(
  topic: TopicName,
  key: string | null,
  value: string,
  headers: Readonly<Record<string, string>>,
  offset: bigint,
): InRecord {
  return { topic, partition: 0, offset, key, value: Buffer.from(value), headers, timestampMs: Date.now() };
}
