import kafkajs from 'kafkajs';
import { createTopics } from '../../scripts/topics.ts';
import { connectKafka } from '../kafka-client.ts';
import type { InRecord, Kafka } from '../kafka.ts';
import { groupOnBroker } from '../groups.ts';
import { type TopicName, topicOnBroker, topics } from '../topics.ts';
import { fromStack, testLog } from './environment.ts';

const PARTITIONS = 4;

export interface TestKafka {
  readonly kafka: Kafka;
  readonly brokers: readonly string[];
  readonly namespace: string;
  /** Every record of a topic so far, ordered within each partition. */
  read(topic: TopicName): Promise<InRecord[]>;
  /** Disconnects and removes the namespace's topics and groups. */
  remove(): Promise<void>;
}

/** All topics of a fleet, in a namespace of the test's own. */
export async function testKafka(namespace: string): Promise<TestKafka> {
  const brokers = fromStack('KAFKA_BROKERS').split(',');
  await createTopics({ brokers, namespace, partitions: PARTITIONS });
  const kafka = connectKafka({ brokers, clientId: `test-${namespace}`, namespace, log: testLog });
  return {
    kafka,
    brokers,
    namespace,
    read: (topic) => kafka.read(topic, { maximumRecords: 100_000 }),
    async remove() {
      await kafka.close();
      await removeAll(brokers, namespace);
    },
  };
}

async function removeAll(brokers: readonly string[], namespace: string): Promise<void> {
  const client = new kafkajs.Kafka({ brokers: [...brokers], logLevel: kafkajs.logLevel.NOTHING });
  const admin = client.admin();
  await admin.connect();
  try {
    const names = (Object.keys(topics) as TopicName[]).map((topic) => topicOnBroker(namespace, topic));
    await admin.deleteTopics({ topics: names });
    const { groups } = await admin.listGroups();
    const own = groups.map(({ groupId }) => groupId).filter((id) => id.startsWith(groupOnBroker(namespace, '')));
    // A group whose members are just leaving cannot be removed yet; the broker forgets it by itself.
    if (own.length > 0) await admin.deleteGroups(own).catch(() => undefined);
  } finally {
    await admin.disconnect();
  }
}
