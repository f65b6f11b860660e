import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import kafkajs from 'kafkajs';
import { decodeEvent, encodeEvent } from './event.ts';
import { freshId } from './ids.ts';
import type { InRecord, OutRecord, Producer } from './kafka.ts';
import { connectKafka } from './kafka-client.ts';
import { fromStack, testLog, testNamespace } from './testing/environment.ts';
import { exampleDonation } from './testing/examples.ts';
import { testKafka, type TestKafka } from './testing/kafka.ts';
import { until } from './testing/until.ts';
import { topicOnBroker } from './topics.ts';

const namespace = testNamespace();
let fleet: TestKafka;
let producer: Producer;
beforeAll(async () => {
  fleet = await testKafka(namespace);
  producer = await fleet.kafka.producer();
});
afterAll(async () => {
  await producer.close();
  await fleet.remove();
});

const record = (value: string, key = 'k', topic: OutRecord['topic'] = 'rooms'): OutRecord => ({
  topic,
  key,
  value,
  headers: { text: 'Grüße' },
});
const valueOf = ({ value }: InRecord) => String(value);
const texts = (count: number) => Array.from({ length: count }, (_, at) => String(at));

describe('producing and consuming', () => {
  test('records arrive as they were sent, in the order of their key', async () => {
    await producer.send(texts(20).map((text) => record(text, 'one')));
    await producer.send([
      { ...record('', 'two'), value: null },
      { ...record('x'), key: null },
    ]);
    // Each may come twice: a request that failed for one partition is sent again for all, and what is read again after a
    // rebalance.
    const firsts = new Map<string, InRecord>();
    const subscription = await fleet.kafka.subscribe({
      group: `${namespace}.arrive`,
      topics: ['rooms'],
      async handle(batch) {
        for (const one of batch.records) {
          const text = `${one.key} ${valueOf(one)}`;
          if (!firsts.has(text)) firsts.set(text, one);
        }
        batch.resolve(batch.records.at(-1)?.offset ?? 0n);
      },
    });
    await until(() => firsts.size === 22);
    await subscription.close();
    const found = [...firsts.values()];
    expect(found.filter(({ key }) => key === 'one').map(valueOf)).toEqual(texts(20));
    expect(found.find(({ key }) => key === 'two')?.value).toBeNull();
    expect(found.find(({ key }) => key === null)?.headers).toEqual({ text: 'Grüße' });
  });

  test('after a trickle more is let come together; after a quiet time a record is handled at once', async () => {
    const handled: string[][] = [];
    const subscription = await fleet.kafka.subscribe({
      group: `${namespace}.rest`,
      topics: ['people'],
      restMs: 8_000,
      handle(batch) {
        handled.push(batch.records.map(valueOf));
        batch.resolve(batch.records.at(-1)?.offset ?? 0n);
        return Promise.resolve();
      },
    });
    await until(() => subscription.isJoined());
    await producer.send([record('a', 'k', 'people')]);
    await until(() => handled.length === 1);
    await producer.send([record('b', 'k', 'people')]);
    await producer.send([record('c', 'k', 'people')]);
    await until(() => handled.length === 2);
    expect(handled).toEqual([['a'], ['b', 'c']]);
    await subscription.close();
  });

  test('a member that closes has committed what it resolved and nothing else', async () => {
    const group = `${namespace}.commit`;
    const before = (await fleet.read('rooms')).length;
    const handled: bigint[] = [];
    const subscription = await fleet.kafka.subscribe({
      group,
      topics: ['rooms'],
      async handle(batch) {
        if (batch.isStale()) return;
        for (const { offset } of batch.records.slice(0, 2)) {
          batch.resolve(offset);
          handled.push(offset);
        }
        batch.pause(60_000);
      },
    });
    await until(async () => handled.length > 0);
    await subscription.close();
    expect(await fleet.kafka.lag(group, ['rooms'])).toBe(BigInt(before - handled.length));
    const at = await fleet.kafka.committed(group, ['rooms']);
    expect(at.reduce((sum, { offset }) => sum + offset, 0n)).toBe(BigInt(handled.length));
    await fleet.kafka.deleteGroup(group);
  });

  test('a broker that is not there fails a send as retriable, within its bounds', async () => {
    const away = connectKafka({ brokers: ['127.0.0.1:9'], clientId: 'away', namespace, log: testLog });
    await expect(away.producer()).rejects.toThrow();
    const lost: OutRecord = record('lost');
    const client = connectKafka({
      brokers: fromStack('KAFKA_BROKERS').split(','),
      clientId: 'wrong',
      namespace: testNamespace(),
      log: testLog,
    });
    const stranger = await client.producer();
    await expect(stranger.send([lost])).rejects.toMatchObject({ code: 'broker-unconfirmed', retriable: true });
    await stranger.close();
  });
});

describe('a new group in ten lines', () => {
  test('analytics reads every donation from the beginning, without any other part of the product knowing', async () => {
    const sums = ['1.00', '2.50', '4.00'];
    const given = sums.map((sum) => exampleDonation({ sum }));
    await producer.send(
      given.map((payload) =>
        encodeEvent({ id: freshId(), name: 'AddNewDonate', payload, source: 'test', time: new Date() }),
      ),
    );

    let total = 0;
    const subscription = await fleet.kafka.subscribe({
      group: `${namespace}.analytics`,
      topics: ['donations'],
      async handle(batch) {
        for (const record of batch.records) {
          const decoded = decodeEvent(record);
          if (decoded.kind === 'event' && decoded.event.name === 'AddNewDonate') total += 1;
          batch.resolve(record.offset);
        }
      },
    });

    await until(() => total === sums.length);
    await subscription.close();
  });
});

describe('looking at the log', () => {
  test('a topic is read once, whole or from a place on, ordered by partition and offset', async () => {
    const keys = texts(30);
    await producer.send(keys.map((key) => record(`ledger ${key}`, key, 'ledger')));
    const all = await fleet.read('ledger');
    expect(all.map(valueOf).sort()).toEqual(keys.map((key) => `ledger ${key}`).sort());
    const ends = await fleet.kafka.ends('ledger');
    expect(ends.reduce((sum, { low, high }) => sum + high - low, 0n)).toBe(30n);
    const from = new Map(ends.map(({ partition, high }) => [partition, high - 1n]));
    const last = await fleet.kafka.read('ledger', { from, maximumRecords: 100 });
    expect(last).toEqual(
      ends.flatMap(({ partition }) => all.filter((one) => one.partition === partition).at(-1) ?? []),
    );
    expect(await fleet.kafka.read('ledger', { maximumRecords: 5 })).toHaveLength(5);
    expect(await fleet.kafka.read('dead-letters', { maximumRecords: 5 })).toEqual([]);
  });

  test('following begins at the first record appended at or after a time', async () => {
    await producer.send(texts(5).map((text) => record(`old ${text}`, text, 'ws.out')));
    const fromMs = (await fleet.read('ws.out')).reduce((max, { timestampMs }) => Math.max(max, timestampMs), 0) + 1;
    await until(() => Date.now() > fromMs);
    await producer.send(texts(5).map((text) => record(`new ${text}`, text, 'ws.out')));
    const seen: string[] = [];
    const subscription = await fleet.kafka.follow({
      group: `${namespace}.follow`,
      topic: 'ws.out',
      fromMs,
      handle: (records) => void seen.push(...records.map(valueOf)),
    });
    await until(() => seen.length >= 5);
    await producer.send([record('live', '0', 'ws.out')]);
    await until(() => seen.includes('live'));
    await subscription.close();
    expect(seen.filter((text) => text.startsWith('old'))).toEqual([]);
    expect([...seen].sort()).toEqual([...texts(5).map((text) => `new ${text}`), 'live'].sort());
  });

  test('a money group refuses to start over a gap in its log', async () => {
    const group = `${namespace}.gap`;
    await producer.send(texts(40).map((text) => record(text, text, 'donations')));
    const subscribe = (refuseGaps: boolean) =>
      fleet.kafka.subscribe({
        group,
        topics: ['donations'],
        refuseGaps,
        handle: async (batch) => batch.resolve(batch.records[0]?.offset ?? 0n),
      });
    const first = await subscribe(true);
    await until(async () => (await fleet.kafka.lag(group, ['donations'])) === 0n);
    await first.close();
    await producer.send(texts(40).map((text) => record(text, text, 'donations')));
    await dropFirst('donations');
    await expect(subscribe(true)).rejects.toMatchObject({ code: 'log-gap', retriable: false });
  });
});

/** Drops everything that a topic holds, as retention would. */
async function dropFirst(topic: OutRecord['topic']): Promise<void> {
  const client = new kafkajs.Kafka({ brokers: [...fleet.brokers], logLevel: kafkajs.logLevel.NOTHING });
  const admin = client.admin();
  await admin.connect();
  const name = topicOnBroker(namespace, topic);
  const partitions = (await admin.fetchTopicOffsets(name)).map(({ partition, high }) => ({ partition, offset: high }));
  await admin.deleteTopicRecords({ topic: name, partitions });
  await admin.disconnect();
}
