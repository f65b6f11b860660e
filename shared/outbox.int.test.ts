import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { createConnection, type RowDataPacket } from 'mysql2/promise';
import { AppError } from './errors.ts';
import { freshId } from './ids.ts';
import type { OutRecord, Producer } from './kafka.ts';
import { BUNDLED_FROM, insertOutbox, type OutboxEntry, outboxChannel } from './outbox.ts';
import { connectRedis, connectSubscriber, untilReady } from './redis.ts';
import { type Relay, startRelay } from './relay.ts';
import { administer, createAllRuntimeTables, scratchDatabase, type TestDatabase } from './testing/database.ts';
import { fromStack, testLog } from './testing/environment.ts';
import { until } from './testing/until.ts';

/** Keeps what it is given; fails or waits when told to. */
class RecordingProducer implements Producer {
  readonly sent: string[] = [];
  readonly requests: number[] = [];
  isAway = false;
  readonly gates: Promise<void>[] = [];

  async send(records: readonly OutRecord[]): Promise<void> {
    await this.gates.shift();
    if (this.isAway) throw new AppError('broker-unconfirmed', 'away', { retriable: true });
    this.requests.push(records.length);
    this.sent.push(...records.map((record) => String(record.value)));
  }

  async close(): Promise<void> {}
}

let on: TestDatabase;
const relays: Relay[] = [];
beforeAll(async () => {
  on = await scratchDatabase(createAllRuntimeTables);
});
afterEach(async () => {
  await Promise.all(relays.splice(0).map((relay) => relay.stop()));
  await on.database.change('DELETE FROM outbox');
});
afterAll(() => on.drop());

const entry = (value: string, eventId = freshId()): OutboxEntry => ({
  eventId,
  record: { topic: 'donations', key: 'k', value, headers: { ce_id: eventId } },
});
const put = (...entries: OutboxEntry[]) => on.database.transaction((tx) => insertOutbox(tx, entries));
const texts = (from: number, to: number) => Array.from({ length: to - from }, (_, at) => String(from + at));
const waiting = async () => (await on.database.select('SELECT id FROM outbox')).length;

function relay(producer: Producer, options: { afterAck?: () => void } = {}): Relay {
  const started = startRelay({ databaseUrl: on.url, producer, log: testLog, ...options });
  relays.push(started);
  return started;
}

test('what was committed is sent in its order and then removed; what was rolled back never was', async () => {
  const producer = new RecordingProducer();
  relay(producer);
  await put(entry('0'), entry('1'));
  const failing = on.database.transaction(async (tx) => {
    await insertOutbox(tx, [entry('never')]);
    throw new Error('rolled back');
  });
  await expect(failing).rejects.toThrow('rolled back');
  for (const text of texts(2, 30)) await put(entry(text));
  await until(() => producer.sent.length === 30);
  expect(producer.sent).toEqual(texts(0, 30));
  await until(async () => (await waiting()) === 0);
});

test('an event that still waits there is written once, as it first was', async () => {
  const producer = new RecordingProducer();
  const id = freshId();
  await put(entry('first', id));
  await put(entry('second', id), entry('other'));
  relay(producer);
  await until(() => producer.sent.length === 2);
  expect(producer.sent).toEqual(['first', 'other']);
});

test('many of one transaction share rows of at most 512 KiB, and arrive as they were, in order among the others', async () => {
  const producer = new RecordingProducer();
  const records: OutRecord[] = [];
  producer.send = (some) => Promise.resolve(void records.push(...some));
  const odd = [`it's`, String.raw`{"a":"\"\\n\u001e"}`, 'ünï\n☃ 🎉', ''];
  const many = [...odd, ...Array.from({ length: BUNDLED_FROM }, (_, at) => String(at).repeat(30_000))].map((text) =>
    entry(text),
  );
  const all = [entry('before'), ...many, entry('after')];
  await put(...all.slice(0, 1));
  await put(...many);
  await put(...all.slice(-1));
  const rows = await on.database.select<{ events: number; bytes: number }>(
    'SELECT events, LENGTH(payload) AS bytes FROM outbox ORDER BY id',
  );
  expect(rows.length).toBeLessThan(10);
  expect(rows.reduce((sum, { events }) => sum + events, 0)).toBe(all.length);
  expect(Math.max(...rows.map(({ bytes }) => bytes))).toBeLessThan(700_000);
  relay(producer);
  await until(() => records.length === all.length);
  expect(records).toEqual(all.map(({ record }) => record));
  await until(async () => (await waiting()) === 0);
});

test('a transaction of any size arrives whole: also where the last bundle holds one event, as a row of its own would', async () => {
  const producer = new RecordingProducer();
  relay(producer);
  const long = 'x'.repeat(12_500);
  const sizes = Array.from({ length: 36 }, (_, at) => BUNDLED_FROM + at);
  for (const size of sizes) {
    producer.sent.length = 0;
    await put(...texts(0, size).map((text) => entry(long + text)));
    await until(() => producer.sent.length === size);
    expect(producer.sent.map((text) => text.slice(long.length))).toEqual(texts(0, size));
  }
  await until(async () => (await waiting()) === 0);
});

test('where the broker fails in the middle of a round, what it had is gone and the rest is sent, in order', async () => {
  const producer = new RecordingProducer();
  const send = producer.send.bind(producer);
  let requests = 0;
  producer.send = async (records) => {
    if (++requests === 2) throw new AppError('broker-unconfirmed', 'away', { retriable: true });
    await send(records);
  };
  const all = ['a', 'b', 'c', 'd'].map((name) => name.repeat(250_000));
  await put(...all.map((text) => entry(text)));
  relay(producer);
  await until(() => producer.sent.length === all.length);
  expect(producer.sent.join() === all.join()).toBe(true);
  await until(async () => (await waiting()) === 0);
});

test('a row that nobody can read is named, and what stands before it has left', async () => {
  const producer = new RecordingProducer();
  await put(entry('before'));
  const columns = 'event_id, topic, record_key, headers, payload';
  await on.database.change(`INSERT INTO outbox (${columns}) VALUES ('odd', 'donations', 'k', 'no headers', '{}')`);
  const one = relay(producer);
  await until(() => /^row \d+ of the outbox cannot be read: /.test(one.failure() ?? ''));
  expect(producer.sent).toEqual(['before']);
});

test('a text that a bundle could not hold apart keeps all of its transaction in rows of their own', async () => {
  const producer = new RecordingProducer();
  const odd = ['\x1e', ...texts(0, BUNDLED_FROM)];
  await put(...odd.map((text) => entry(text)));
  expect(await waiting()).toBe(odd.length);
  relay(producer);
  await until(() => producer.sent.length === odd.length);
  expect(producer.sent).toEqual(odd);
});

test('a backlog leaves in requests of at most 500 records and 512 KiB', async () => {
  const producer = new RecordingProducer();
  for (let from = 0; from < 1_100; from += 20) await put(...texts(from, from + 20).map((text) => entry(text)));
  await put(entry('x'.repeat(250_000)), entry('y'.repeat(250_000)), entry('z'.repeat(250_000)));
  relay(producer);
  await until(() => producer.sent.length === 1_103);
  expect(producer.requests).toEqual([16, 500, 500, 86, 1]);
  expect(producer.sent.slice(0, 1_100)).toEqual(texts(0, 1_100));
});

test('while the broker is away everything waits, in order', async () => {
  const producer = new RecordingProducer();
  producer.isAway = true;
  const one = relay(producer);
  await put(entry('a'), entry('b'));
  await until(() => one.failure() === 'away');
  expect(await waiting()).toBe(2);
  producer.isAway = false;
  await until(() => producer.sent.length === 2);
  await until(() => one.failure() === null);
  expect(producer.sent).toEqual(['a', 'b']);
});

test('of two relays one works, and the other takes over when its connection is cut, in the middle of nothing or of a request', async () => {
  const [one, two] = [new RecordingProducer(), new RecordingProducer()];
  const first = relay(one);
  await until(() => first.isActive());
  const second = relay(two);
  await put(entry('0'));
  await until(async () => one.sent.length === 1 && (await waiting()) === 0);
  await until(() => second.failure() === null);
  expect([first.isActive(), second.isActive(), two.sent]).toEqual([true, false, []]);

  await cutActive();
  await until(() => second.isActive());
  await put(entry('1'));
  await until(() => two.sent.length > 0);
  expect(two.sent).toEqual(['1']);
  await until(async () => (await waiting()) === 0);

  const gate = Promise.withResolvers<void>();
  two.gates.push(gate.promise);
  await put(entry('2'), entry('3'));
  await until(() => two.gates.length === 0);
  await cutActive();
  await until(() => one.sent.length === 3);
  gate.resolve();
  // Both have sent them, under the same ids: order is kept, and listeners drop what they know.
  await until(() => two.sent.length === 3);
  expect([one.sent, two.sent]).toEqual([
    ['0', '2', '3'],
    ['1', '2', '3'],
  ]);
  await until(async () => (await waiting()) === 0);
});

test('a relay that ends between acknowledgement and deletion has its successor send again, losing nothing', async () => {
  const [one, two] = [new RecordingProducer(), new RecordingProducer()];
  let isFirst = true;
  const dying = relay(one, {
    afterAck() {
      if (!isFirst) return;
      isFirst = false;
      throw new Error('killed here');
    },
  });
  await put(entry('a'), entry('b'));
  await until(() => !isFirst);
  await dying.stop();
  relay(two);
  await until(() => two.sent.length === 2);
  expect(two.sent).toEqual(['a', 'b']);
});

test('small rounds are deleted together, and before it lets go', async () => {
  const producer = new RecordingProducer();
  const one = relay(producer);
  const most: number[] = [];
  for (const text of texts(0, 30)) {
    await put(entry(text));
    one.wake();
    await until(() => producer.sent.includes(text));
    most.push(await waiting());
  }
  expect(producer.sent).toEqual(texts(0, 30));
  expect(Math.max(...most)).toBeLessThanOrEqual(20);
  await one.stop();
  expect(await waiting()).toBe(0);
});

test('one that waits its turn is ready for it at once, and stops at once', async () => {
  const first = relay(new RecordingProducer());
  await until(() => first.isActive());
  const took: number[] = [];
  for (let time = 0; time < 5; time++) {
    const before = performance.now();
    const second = relay(new RecordingProducer());
    await until(() => second.failure() === null);
    await second.stop();
    took.push(performance.now() - before);
  }
  // A wait for the lock is 2 s, every time; a busy machine may hold up one or two.
  expect(Math.min(...took)).toBeLessThan(1_000);
  expect(first.isActive()).toBe(true);
});

test('a note in Redis wakes the relay of another process', async () => {
  const [redis, subscriber] = [
    connectRedis(fromStack('REDIS_URL'), testLog),
    connectSubscriber(fromStack('REDIS_URL'), testLog),
  ];
  await Promise.all([untilReady(redis), untilReady(subscriber)]);
  const producer = new RecordingProducer();
  const one = relay(producer);
  let woken = 0;
  subscriber.on('message', () => (woken++, one.wake()));
  await subscriber.subscribe(outboxChannel(on.database.name));
  await put(entry('a'));
  expect(await redis.publish(outboxChannel(on.database.name), '')).toBe(1);
  await until(() => producer.sent.length === 1 && woken === 1);
  redis.disconnect();
  subscriber.disconnect();
});

/** Cuts the connection that holds the relay's lock, as an administrator would. */
async function cutActive(): Promise<void> {
  const connection = await createConnection({ uri: fromStack('DATABASE_URL') });
  const [rows] = await connection.query<RowDataPacket[]>('SELECT IS_USED_LOCK(?) AS id', [`relay:${on.database.name}`]);
  await connection.end();
  await administer(`KILL ${Number(rows[0]?.['id'])}`);
}
