import { randomUUID } from 'node:crypto';
import kafkajs from 'kafkajs';
import { createTopic } from '../../scripts/topics.ts';
import type { Namespace } from './namespace.ts';

/** A topic for a peer's own records. */
export interface PeerTopic {
  readonly topic: string;
  remove(): Promise<void>;
}

/** @param prefix tells topics of one measurement from those of others on the same broker */
export async function makeTopic(prefix: string, brokers: readonly string[], partitions: number): Promise<PeerTopic> {
  const topic = `${prefix}.peer.${randomUUID()}`;
  const admin = new kafkajs.Kafka({ brokers: [...brokers], logLevel: kafkajs.logLevel.NOTHING }).admin();
  await admin.connect();
  try {
    await createTopic(admin, { topic, numPartitions: partitions });
  } catch (error) {
    await admin.disconnect();
    throw error;
  }
  return {
    topic,
    async remove() {
      try {
        await admin.deleteTopics({ topics: [topic] });
      } finally {
        await admin.disconnect();
      }
    },
  };
}

/** Makes a topic for a peer's own records, runs `work`, and removes it. */
export async function withTopic<T>(
  { name, brokers }: Namespace,
  partitions: number,
  work: (topic: string) => Promise<T>,
): Promise<T> {
  const { topic, remove } = await makeTopic(name, brokers, partitions);
  try {
    return await work(topic);
  } finally {
    await remove();
  }
}
