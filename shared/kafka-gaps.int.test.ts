import { afterAll, beforeAll, expect, test } from '@jest/globals';
import kafkajs from 'kafkajs';
import type { Batch, OutRecord, Producer } from './kafka.ts';
import { groupOnBroker } from './groups.ts';
import { fromStack, testNamespace } from './testing/environment.ts';
import { testKafka, type TestKafka } from './testing/kafka.ts';
import { until } from './testing/until.ts';
import { topicOnBroker } from './topics.ts';

const namespace = testNamespace();
const group = groupOnBroker(namespace, 'money');
const topics = ['donations'] as const;
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

const send = (...values: string[]) =>
  producer.send(values.map((value): OutRecord => ({ topic: 'donations', key: 'one', value, headers: {} })));
const subscribe = (handle: (batch: Batch) => Promise<void>) =>
  fleet.kafka.subscribe({ group, topics, refuseGaps: true, handle });

test('a group that moves money ends where Kafka drops records while they wait, and does not start behind them', async () => {
  const handled: string[] = [];
  let isHeldUp = true;
  const subscription = await subscribe(async (batch) => {
    for (const { offset, value } of batch.records) {
      if (String(value) === 'held up' && isHeldUp) return batch.pause(500);
      handled.push(String(value));
      batch.resolve(offset);
    }
  });
  await send('first', 'held up', 'dropped');
  await until(() => handled.length === 1);
  await send('kept');
  await dropAllButLast();
  isHeldUp = false;
  const reason = await subscription.crashed;
  await subscription.close();
  expect(reason.message).toMatch(/stands at 1 in donations\/\d, but the log goes on at 3: records were lost/);
  expect(handled).toEqual(['first']);
  await expect(subscribe(() => Promise.resolve())).rejects.toMatchObject({ code: 'log-gap' });
});

async function dropAllButLast(): Promise<void> {
  const admin = new kafkajs.Kafka({
    brokers: fromStack('KAFKA_BROKERS').split(','),
    logLevel: kafkajs.logLevel.NOTHING,
  }).admin();
  await admin.connect();
  const topic = topicOnBroker(namespace, 'donations');
  const used = (await admin.fetchTopicOffsets(topic)).filter(({ high }) => high !== '0');
  const partitions = used.map(({ partition, high }) => ({ partition, offset: String(Number(high) - 1) }));
  await admin.deleteTopicRecords({ topic, partitions });
  await admin.disconnect();
}
