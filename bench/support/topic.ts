import { randomUUID } from 'node:crypto';
import kafkajs from 'kafkajs';
import { createTopic } from '../../scripts/topics.ts';
import type { Namespace } from './namespace.ts';

/** Makes a topic for a peer's own records, runs `work`, and removes it. */
export async function withTopic<T>(
  { name, brokers }: Namespace,
  partitions: number,
  work: (topic: string) => Promise<T>,
): Promise<T> {
  const topic = `${name}.peer.${randomUUID()}`;
  const admin = new kafkajs.Kafka({ brokers: [...brokers], logLevel: kafkajs.logLevel.NOTHING }).admin();
  await admin.connect();
  try {
    await createTopic(admin, { topic, numPartitions: partitions });
    try {
      return await work(topic);
    } finally {
      await admin.deleteTopics({ topics: [topic] });
    }
  } finally {
    await admin.disconnect();
  }
}
