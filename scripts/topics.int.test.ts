import { randomBytes } from 'node:crypto';
import { afterAll, expect, test } from '@jest/globals';
import { Kafka, logLevel } from 'kafkajs';
import { topicOnBroker, topics, type TopicName } from '../shared/topics.ts';
import { createTopics } from './topics.ts';

const brokers = (process.env.KAFKA_BROKERS ?? '').split(',');
const namespace = `t${randomBytes(4).toString('hex')}`;
const names = Object.keys(topics).map((name) => topicOnBroker(namespace, name as TopicName));
const admin = new Kafka({ brokers, logLevel: logLevel.NOTHING }).admin();

afterAll(async () => {
  await admin.deleteTopics({ topics: names });
  await admin.disconnect();
});

test('every topic is made once, with a leader for each partition', async () => {
  const lines: string[] = [];
  const options = { brokers, namespace, partitions: 2, log: (line: string) => lines.push(line) };
  await createTopics(options);
  await createTopics(options);
  expect(lines[0]).toContain(`${names.length} made, 0 there already`);
  expect(lines[1]).toContain(`0 made, ${names.length} there already`);
  await admin.connect();
  const metadata = await admin.fetchTopicMetadata({ topics: names });
  for (const { partitions } of metadata.topics) {
    expect(partitions).toHaveLength(2);
    for (const { leader } of partitions) expect(leader).toBeGreaterThanOrEqual(0);
  }
});
