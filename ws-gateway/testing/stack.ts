import { randomBytes } from 'node:crypto';
import kafkajs, { type Admin } from 'kafkajs';
import { connectKafka } from '../../shared/kafka-client.ts';
import { createLogger } from '../../shared/logger.ts';
import { connectRedis, untilReady } from '../../shared/redis.ts';
import { type TopicName, topicOnBroker, topics } from '../../shared/topics.ts';

/** The running Kafka and Redis, with topics of this test file's own. */
export const PARTITIONS = 4;
const TOPICS: readonly TopicName[] = ['ws.out', 'rooms'];

function required(name: string): string {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set: this test needs the running stack (npm test starts one)`);
  return value;
}

export type Stack = Awaited<ReturnType<typeof openStack>>;

export async function openStack() {
  const brokers = required('KAFKA_BROKERS').split(',');
  const redisUrl = required('REDIS_URL');
  const namespace = `gw${randomBytes(6).toString('hex')}`;
  const log = createLogger('test', 'silent');
  const admin = new kafkajs.Kafka({ brokers, logLevel: kafkajs.logLevel.NOTHING }).admin();
  await admin.connect();
  const names = TOPICS.map((topic) => topicOnBroker(namespace, topic));
  await admin.createTopics({
    waitForLeaders: true,
    topics: TOPICS.map((topic) => ({
      topic: topicOnBroker(namespace, topic),
      numPartitions: PARTITIONS,
      configEntries: Object.entries(topics[topic]).map(([name, value]) => ({ name, value })),
    })),
  });
  const kafka = connectKafka({ brokers, clientId: 'test', namespace, log });
  const producer = await kafka.producer();
  const redis = connectRedis(redisUrl, log);
  await untilReady(redis);
  return {
    ...{ brokers, redisUrl, namespace, log, kafka, producer, redis },
    groups: async () => (await admin.listGroups()).groups.map(({ groupId }) => groupId),
    async close() {
      await producer.close();
      await kafka.close();
      await dropGroups(admin, namespace);
      await admin.deleteTopics({ topics: names });
      await admin.disconnect();
      const keys = await redis.keys(`${namespace}*`);
      if (keys.length > 0) await redis.del(keys);
      await redis.quit();
    },
  };
}

async function dropGroups(admin: Admin, namespace: string): Promise<void> {
  const own = (await admin.listGroups()).groups.filter(({ groupId }) => groupId.startsWith(namespace));
  if (own.length > 0) await admin.deleteGroups(own.map(({ groupId }) => groupId));
}

/** Resolves once `check` holds; asked every 10 ms. @throws after `limitMs` */
export async function until(check: () => boolean | Promise<boolean>, what: string, limitMs = 10_000): Promise<void> {
  for (const endsAt = Date.now() + limitMs; !(await check());) {
    if (Date.now() > endsAt) throw new Error(`${what}: not within ${limitMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
