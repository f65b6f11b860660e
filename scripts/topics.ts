/** `node scripts/topics.ts`: makes the Kafka topics that are missing. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Kafka, logLevel, type Admin, type ITopicConfig } from 'kafkajs';
import { DEFAULT_PARTITIONS, topicOnBroker, topics, type TopicName } from '../shared/topics.ts';

const metadataTimeoutMs = 30_000;
const pollMs = 50;
const mostReplicas = 3;

export interface TopicOptions {
  brokers: readonly string[];
  /** Keeps several fleets apart on one broker; none unless given. */
  namespace?: string;
  partitions?: number;
  log?: (line: string) => void;
}

/**
 * Makes the topics that are missing, on three brokers where there are as many, and resolves once every partition has a
 * leader. Topics that exist are left as they are. Throws when a leader is missing after 30 s.
 */
export async function createTopics(options: TopicOptions): Promise<void> {
  const { brokers, namespace = '', partitions = DEFAULT_PARTITIONS, log = () => undefined } = options;
  const from = performance.now();
  const admin = new Kafka({ brokers: [...brokers], logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
  try {
    const there = new Set(await admin.listTopics());
    const replicationFactor = Math.min(mostReplicas, (await admin.describeCluster()).brokers.length);
    const wanted = Object.entries(topics).map(([name, config]) => ({
      topic: topicOnBroker(namespace, name as TopicName),
      numPartitions: partitions,
      replicationFactor,
      configEntries: Object.entries({
        ...config,
        'min.insync.replicas': String(Math.max(1, replicationFactor - 1)),
      }).map(([key, value]) => ({ name: key, value })),
    }));
    const missing = wanted.filter(({ topic }) => !there.has(topic));
    await make(admin, missing);
    await waitForLeaders(
      admin,
      wanted.map(({ topic }) => topic),
    );
    const seconds = ((performance.now() - from) / 1000).toFixed(1);
    log(`topics: ${missing.length} made, ${wanted.length - missing.length} there already (${seconds} s)`);
  } finally {
    await admin.disconnect();
  }
}

/**
 * Makes one topic of the caller's own and resolves once every partition has a leader. kafkajs waits by itself only until
 * the controller knows the topic, and fails where the broker that it asks does not know it yet.
 */
export async function createTopic(admin: Admin, topic: ITopicConfig): Promise<void> {
  await make(admin, [topic]);
  await waitForLeaders(admin, [topic.topic]);
}

async function make(admin: Admin, topics: ITopicConfig[]): Promise<void> {
  if (topics.length > 0) await admin.createTopics({ topics, waitForLeaders: false });
}

async function waitForLeaders(admin: Admin, names: string[]): Promise<void> {
  const deadline = Date.now() + metadataTimeoutMs;
  while (!(await haveLeaders(admin, names))) {
    if (Date.now() > deadline) throw new Error(`no leaders for ${names.join(', ')} after ${metadataTimeoutMs} ms`);
    await sleep(pollMs);
  }
}

async function haveLeaders(admin: Admin, names: string[]): Promise<boolean> {
  try {
    const metadata = await admin.fetchTopicMetadata({ topics: names });
    return metadata.topics.every(
      ({ partitions }) => partitions.length > 0 && partitions.every(({ leader }) => leader >= 0),
    );
  } catch {
    return false; // The broker does not know them yet.
  }
}

if (process.argv[1] === import.meta.filename) {
  const brokers = (process.env.KAFKA_BROKERS ?? '').split(',').filter((broker) => broker !== '');
  if (brokers.length === 0) throw new Error('KAFKA_BROKERS is not set');
  await createTopics({ brokers, namespace: process.env.NAMESPACE ?? '', log: console.log });
}
