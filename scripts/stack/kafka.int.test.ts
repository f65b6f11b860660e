import { randomBytes } from 'node:crypto';
import { resolve } from 'node:path';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { type Admin, Kafka, logLevel, type Producer } from 'kafkajs';
import { createTopic } from '../topics.ts';
import type { KafkaPartName } from './kafka.ts';
import { startStack, type Stack } from './stack.ts';

jest.setTimeout(120_000);

const directory = `${resolve(import.meta.dirname, '../..')}/.stack/test-${randomBytes(6).toString('hex')}`;
const names: readonly KafkaPartName[] = ['kafka', 'kafka-2', 'kafka-3'];
const failoverMs = 15_000;
let stack: Stack;
let admin: Admin;
let producer: Producer;

beforeAll(async () => {
  const given = { DATABASE_URL: 'mysql://elsewhere', REDIS_URL: 'redis://elsewhere' };
  stack = await startStack({ directory, given, kafkaBrokers: 3 });
  const kafka = new Kafka({
    brokers: stack.env.KAFKA_BROKERS.split(','),
    logLevel: logLevel.NOTHING,
    connectionTimeout: 1_000,
    requestTimeout: 4_000,
    retry: { retries: 1, initialRetryTime: 100 },
  });
  [admin, producer] = [kafka.admin(), kafka.producer()];
  await Promise.all([admin.connect(), producer.connect()]);
});

afterAll(async () => {
  await Promise.all([admin?.disconnect(), producer?.disconnect()]).finally(() => stack?.stop({ discard: true }));
});

test('three brokers acknowledge without one of them, never with one alone, and again once they are back', async () => {
  await createTopic(admin, { topic: 'kept', numPartitions: 1, replicationFactor: 3 });
  await sendWithin(failoverMs);
  const first = await leaderBeside(undefined);
  await stack.part(first).kill('SIGKILL');
  await sendWithin(failoverMs);
  const second = await leaderBeside(first);
  const third = names.find((name) => name !== first && name !== second) ?? 'kafka';
  await stack.part(third).kill('SIGKILL'); // the leader itself lives: nothing but the replicas' number stops it
  await expect(send()).rejects.toThrow();
  await Promise.all([stack.part(first).start(), stack.part(third).start()]);
  await sendWithin(failoverMs);
});

/** Waits for a leader that is not this one: any broker may be asked, and hears of an election a moment late. */
async function leaderBeside(former: KafkaPartName | undefined): Promise<KafkaPartName> {
  const deadline = performance.now() + failoverMs;
  while (performance.now() < deadline) {
    const { topics } = await admin.fetchTopicMetadata({ topics: ['kept'] });
    const name = names[(topics[0]?.partitions[0]?.leader ?? 0) - 1];
    if (name && name !== former) return name;
  }
  throw new Error(`no leader beside ${former} within ${failoverMs} ms`);
}

function send(): Promise<unknown> {
  return producer.send({ topic: 'kept', acks: -1, timeout: 1_000, messages: [{ value: 'yes' }] });
}

async function sendWithin(ms: number): Promise<void> {
  const deadline = performance.now() + ms;
  for (;;) {
    try {
      await send();
      return;
    } catch (error) {
      if (performance.now() > deadline) throw error;
    }
  }
}
