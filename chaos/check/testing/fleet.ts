import { decodeEvent, encodeEvent, type Received } from '../../../shared/event.ts';
import { decodeFrame, encodeFrame, sequenceOf } from '../../../shared/frame.ts';
import { groupOnBroker, groups } from '../../../shared/groups.ts';
import type { Batch, InRecord, OutRecord } from '../../../shared/kafka.ts';
import type { DatabaseListener, FrameListener } from '../../../shared/listener.ts';
import { OUTBOX_COLUMNS, type OutboxRow, readOutboxRow } from '../../../shared/outbox.ts';
import type { Redis } from '../../../shared/redis.ts';
import type { TestDatabase } from '../../../shared/testing/database.ts';
import { type Given, type Harness, receive, startHarness } from '../../../shared/testing/harness.ts';
import type { TestKafka } from '../../../shared/testing/kafka.ts';
import { until } from '../../../shared/testing/until.ts';
import { listeners } from '../../../workers/listeners.ts';

export interface ShownFrame {
  readonly id: string;
  readonly type: string;
  readonly subjects: ReadonlySet<string> | null;
  /** Which donation a refund's frame names. */
  readonly donateId: string | null;
  readonly seq: number;
}

export interface FleetInside {
  readonly redis: Redis;
  /** Publishes an event as the ingress does, and everything that follows from it. */
  publish(given: Given): Promise<void>;
  /** Publishes what waits in the outboxes, and everything that follows from it. */
  relay(): Promise<void>;
  /** Every group has read its topics. */
  catchUp(): Promise<void>;
  framesOf(room: string): Promise<ShownFrame[]>;
  close(): Promise<void>;
}

/** The product's own listeners, run one event after the other in this process: the outcome is right and takes seconds. */
export async function startFleetInside(on: {
  rooms: TestDatabase;
  ledger: TestDatabase;
  kafka: TestKafka;
}): Promise<FleetInside> {
  const heard = Object.values(listeners).flat() as readonly (DatabaseListener | FrameListener)[];
  const ofGroup = (group: string) =>
    heard.filter((listener): listener is DatabaseListener => 'handle' in listener && listener.group === group);
  const started = await Promise.all(
    ['save', 'sponsor', 'goal', 'transfer-money'].map(async (group) => {
      const database = group === 'transfer-money' ? on.ledger : on.rooms;
      const own = ofGroup(group);
      return { hears: new Set<string>(own.map(({ event }) => event)), harness: await startHarness(database, own) };
    }),
  );
  const producer = await on.kafka.kafka.producer();
  const handle = async (given: Given, record: OutRecord) => {
    await producer.send([record]);
    for (const { hears, harness } of started) if (hears.has(given.name)) await harness.when(given);
    const event = receive(given);
    const frames = heard.flatMap((listener) =>
      'frames' in listener && listener.event === event.name ? listener.frames(event) : [],
    );
    await producer.send(frames.map(encodeFrame));
  };
  const relay = async (): Promise<void> => {
    for (const { database } of [on.ledger, on.rooms]) {
      for (const { id, record, event } of await waiting(database)) {
        await database.change('DELETE FROM outbox WHERE id = ?', [id]);
        // The payload belongs to the name: both come from one record.
        await handle({ id: event.id, name: event.name, payload: event.payload } as Given, record);
        await relay();
      }
    }
  };
  return {
    redis: (started[0]?.harness as Harness).redis,
    async publish(given) {
      const event = receive(given);
      await handle(given, encodeEvent({ ...event, source: 'test', fingerprint: undefined, traceparent: undefined }));
      await relay();
    },
    relay,
    catchUp: () => commitAll(on.kafka),
    async framesOf(room) {
      const records = await on.kafka.read('ws.out');
      return records.flatMap((record) => toShown(record, room));
    },
    async close() {
      await producer.close();
      await Promise.all(started.map(({ harness }) => harness.close()));
    },
  };
}

async function waiting(database: TestDatabase['database']) {
  const rows = await database.select<OutboxRow>(`SELECT ${OUTBOX_COLUMNS} FROM outbox ORDER BY id`);
  return rows.flatMap((row) =>
    readOutboxRow(row).map((record) => {
      const place = { partition: 0, offset: 0n, timestampMs: Date.now() };
      const decoded = decodeEvent({ ...record, value: Buffer.from(String(record.value)), ...place });
      if (decoded.kind !== 'event') throw new Error(`no event in the outbox: ${decoded.reason}`);
      const event: Received = decoded.event;
      return { id: row.id, record, event };
    }),
  );
}

function toShown(record: InRecord, room: string): ShownFrame[] {
  const frame = decodeFrame(record);
  if (frame?.topic !== `room:${room}`) return [];
  const { type, donate_id } = JSON.parse(frame.body.toString()) as Record<string, unknown>;
  const donateId = type === 'donate_refunded' ? String(donate_id) : null;
  return [{ id: frame.id, type: String(type), subjects: frame.subjects, donateId, seq: sequenceOf(frame.offset) }];
}

async function commitAll({ kafka, namespace }: TestKafka): Promise<void> {
  await Promise.all(
    Object.entries(groups).map(async ([name, { topics }]) => {
      const group = groupOnBroker(namespace, name);
      const handle = async ({ records, resolve }: Batch) => {
        const last = records.at(-1);
        if (last) resolve(last.offset);
      };
      const subscription = await kafka.subscribe({ group, topics, handle });
      try {
        await until(async () => (await kafka.lag(group, topics)) === 0n, { timeoutMs: 30_000 });
      } finally {
        await subscription.close();
      }
    }),
  );
}
