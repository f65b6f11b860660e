import { randomBytes } from 'node:crypto';
import { resolve } from 'node:path';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import kafkajs from 'kafkajs';
import type { PartName } from '../scripts/stack/stack.ts';
import { startStack, type Stack } from '../scripts/stack/stack.ts';
import { createTopics } from '../scripts/topics.ts';
import { sleep } from './clock.ts';
import type { Kafka, OutRecord } from './kafka.ts';
import { connectKafka } from './kafka-client.ts';
import { testLog } from './testing/environment.ts';
import { until } from './testing/until.ts';

jest.setTimeout(180_000);

const directory = `${resolve(import.meta.dirname, '..')}/.stack/test-${randomBytes(6).toString('hex')}`;
const names: readonly PartName[] = ['kafka', 'kafka-2', 'kafka-3'];
const KEYS = 24;
const BEFORE_KILL_MS = 1_000;
const AFTER_KILL_MS = 6_000;
const IN_SYNC_MS = 30_000;
let stack: Stack;
let kafka: Kafka;

beforeAll(async () => {
  const given = { DATABASE_URL: 'mysql://elsewhere', REDIS_URL: 'redis://elsewhere' };
  stack = await startStack({ directory, given, kafkaBrokers: 3 });
  const brokers = stack.env.KAFKA_BROKERS.split(',');
  await createTopics({ brokers, partitions: 6 });
  kafka = connectKafka({ brokers, clientId: 'test', namespace: '', log: testLog });
});

afterAll(async () => {
  await kafka?.close().finally(() => stack.stop({ discard: true }));
});

/** Until then the next one's death would leave partitions without their two replicas. */
async function isInSync(): Promise<boolean> {
  const admin = new kafkajs.Kafka({
    brokers: stack.env.KAFKA_BROKERS.split(','),
    logLevel: kafkajs.logLevel.NOTHING,
  }).admin();
  await admin.connect();
  const { topics } = await admin.fetchTopicMetadata({ topics: ['donations'] }).finally(() => admin.disconnect());
  return topics.every(({ partitions }) => partitions.every(({ isr }) => isr.length === names.length));
}

test('what was acknowledged is in the log, though its partition changed leaders while it was sent', async () => {
  const producer = await kafka.producer();
  const acknowledged: string[] = [];
  let at = 0;
  const sendFor = async (ms: number) => {
    for (const until = performance.now() + ms; performance.now() < until;) {
      const values = Array.from({ length: KEYS }, () => String(at++));
      const records = values.map((value, key): OutRecord => ({
        topic: 'donations',
        key: `${key}`,
        value,
        headers: {},
      }));
      await producer.send(records).then(
        () => acknowledged.push(...values),
        () => sleep(50),
      );
    }
  };
  for (const name of names.slice(1)) {
    const sending = sendFor(BEFORE_KILL_MS + AFTER_KILL_MS);
    await sleep(BEFORE_KILL_MS);
    await stack.part(name).kill('SIGKILL');
    await sending;
    await stack.part(name).start();
    await until(isInSync, { timeoutMs: IN_SYNC_MS });
  }
  const records = await kafka.read('donations', { maximumRecords: Infinity });
  const kept = new Set(records.map(({ value }) => String(value)));
  expect(acknowledged.length).toBeGreaterThan(KEYS * names.length);
  expect(acknowledged.filter((value) => !kept.has(value))).toEqual([]);
  await producer.close();
});
