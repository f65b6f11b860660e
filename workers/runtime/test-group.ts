import type { Knex } from 'knex';
import { systemClock } from '../../shared/clock.ts';
import { noCrash } from '../../shared/crash-point.ts';
import { AppError } from '../../shared/errors.ts';
import { encodeEvent } from '../../shared/event.ts';
import type { EventName } from '../../shared/events/catalogue.ts';
import { freshId } from '../../shared/ids.ts';
import { findInInbox, insertInbox } from '../../shared/inbox.ts';
import type { OutRecord } from '../../shared/kafka.ts';
import { type DatabaseListener, deadLetter, done, skip } from '../../shared/listener.ts';
import { connectRedis, type Redis } from '../../shared/redis.ts';
import { createAllRuntimeTables, scratchDatabase, type TestDatabase } from '../../shared/testing/database.ts';
import { fromStack, testLog, testNamespace } from '../../shared/testing/environment.ts';
import { exampleDonation } from '../../shared/testing/examples.ts';
import { testKafka, type TestKafka } from '../../shared/testing/kafka.ts';
import { connectKafka } from '../../shared/kafka-client.ts';
import { startGroup } from './group.ts';
import { runSlice } from './slice.ts';
import { triesInDatabase } from './tries.ts';

/** What the test listener does with a comment of a given text, where that is not to keep it. */
export type Faults = Map<string, 'retriable' | 'refused' | 'unknown' | 'dead-letter' | 'skip'>;

export interface TestMember {
  /** What the group asked to end the process for. */
  readonly crashes: unknown[];
  /** @throws where the group does not handle events */
  check(): void;
  close(): Promise<void>;
}

/** Topics, a database with a table of effects, and members of consumer groups on them. */
export interface TestFleet {
  readonly kafka: TestKafka;
  readonly on: TestDatabase;
  readonly faults: Faults;
  member(group?: 'save' | 'goal'): Promise<TestMember>;
  /** Publishes in order. */
  publish(...records: readonly OutRecord[]): Promise<void>;
  /** Texts that the group has kept, in the order in which it did; of one room where one is given. */
  kept(room?: string, group?: string): Promise<string[]>;
  close(): Promise<void>;
}

export async function startFleet(): Promise<TestFleet> {
  const namespace = testNamespace();
  const [kafka, on] = await Promise.all([testKafka(namespace), scratchDatabase(createTables, namespace)]);
  const redis = connectRedis(fromStack('REDIS_URL'), testLog);
  const producer = await kafka.kafka.producer();
  const faults: Faults = new Map();
  const members: TestMember[] = [];
  return {
    kafka,
    on,
    faults,
    async member(group = 'save') {
      const member = await startMember(kafka, on, redis, keepText(group, faults));
      members.push(member);
      return member;
    },
    publish: (...records) => producer.send(records),
    async kept(room, group = 'save') {
      const where = room === undefined ? '' : 'AND room = ?';
      const rows = await on.database.select<{ value: string }>(
        `SELECT value FROM effects WHERE listener = ? ${where} ORDER BY id`,
        [group, ...(room === undefined ? [] : [room])],
      );
      return rows.map(({ value }) => value);
    },
    async close() {
      await Promise.all(members.map((member) => member.close()));
      await producer.close();
      redis.disconnect();
      await Promise.all([kafka.remove(), on.drop()]);
    },
  };
}

/** A donation with a comment as a record, in a room of its own unless one is given. */
export function donationRecord(text: string, room = freshId(), id = freshId()): OutRecord {
  const payload = exampleDonation({ message: { message: text, is_public: true }, owner_id: room });
  return encodeEvent({ id, name: 'AddNewDonate', payload, source: 'test', time: new Date() });
}

async function createTables(knex: Knex): Promise<void> {
  await createAllRuntimeTables(knex);
  await knex.schema.createTable('effects', (table) => {
    table.bigIncrements('id');
    table.string('listener', 64);
    table.string('room', 36);
    table.string('value', 500);
  });
}

function keepText(group: 'save' | 'goal', faults: Faults): DatabaseListener<'AddNewDonate'> {
  const name = `KeepText of ${group}`;
  return {
    name,
    group,
    event: 'AddNewDonate',
    applied: (tx, events) => findInInbox(tx, name, events),
    async handle(events, { tx }) {
      await insertInbox(tx, name, events);
      const rows = events.map(({ payload }) => [group, payload.owner_id, payload.message?.message ?? '']);
      await tx.change('INSERT INTO effects (listener, room, value) VALUES ?', [rows]);
      return events.map(({ payload }) => {
        const fault = faults.get(payload.message?.message ?? '');
        if (fault === 'retriable') throw new AppError('away', 'the server is away', { retriable: true });
        if (fault === 'refused') throw new AppError('never', 'this can never be', { retriable: false });
        if (fault === 'unknown') throw new TypeError('a bug');
        if (fault === 'dead-letter') return deadLetter('not ours to keep');
        return fault === 'skip' ? skip('told so') : done;
      });
    },
  };
}

async function startMember(
  { brokers, namespace }: TestKafka,
  on: TestDatabase,
  redis: Redis,
  listener: DatabaseListener<'AddNewDonate'>,
): Promise<TestMember> {
  const kafka = connectKafka({ brokers, clientId: 'member', namespace, log: testLog });
  const producer = await kafka.producer();
  const { group } = listener;
  const listeners = new Map<EventName, DatabaseListener>([[listener.event, listener]]);
  const slice = {
    group,
    database: on.database,
    listeners,
    after: { redis, namespace, log: testLog },
    clock: systemClock,
    crashPoint: noCrash,
    onEmitted: () => undefined,
  };
  const crashes: unknown[] = [];
  const running = await startGroup({
    group,
    namespace,
    kafka,
    producer,
    clock: systemClock,
    log: testLog,
    listenerOf: new Map([[listener.event, listener.name]]),
    tries: triesInDatabase(on.database),
    execute: (events) => runSlice(slice, events),
    crash: (error) => crashes.push(error),
  });
  let closing: Promise<void> | null = null;
  const close = async () => {
    await running.close();
    await producer.close();
    await kafka.close();
  };
  return { crashes, check: () => running.check(), close: () => (closing ??= close()) };
}
