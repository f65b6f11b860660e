import './kafka-repair.ts';
import kafkajs, { type Admin } from 'kafkajs';
import type { FollowOptions, GroupPosition, Kafka, PartitionEnds, SubscribeOptions } from './kafka.ts';
import { withLeader } from './kafka-leader.ts';
import { startConsumer } from './kafka-consumer.ts';
import { logGap } from './kafka-gaps.ts';
import { keepPlaceIn } from './kafka-membership.ts';
import { createProducer } from './kafka-producer.ts';
import { readOnce } from './kafka-read.ts';
import type { Logger } from './logger.ts';
import { type TopicName, topicOnBroker, topics } from './topics.ts';

export interface KafkaOptions {
  readonly brokers: readonly string[];
  readonly clientId: string;
  readonly namespace: string;
  readonly log: Logger;
}

/** What the parts of the adapter share. */
export interface KafkaContext {
  readonly client: kafkajs.Kafka;
  readonly log: Logger;
  readonly namespace: string;
  onBroker(topic: TopicName): string;
  fromBroker(name: string): TopicName;
}

/**
 * Connects to Kafka through kafkajs 2. Its own log goes through ours with errors as warnings: it logs an error for each
 * attempt and then succeeds (see docs/adr).
 */
export function connectKafka(options: KafkaOptions): Kafka {
  const names = new Map((Object.keys(topics) as TopicName[]).map((t) => [topicOnBroker(options.namespace, t), t]));
  const client = new kafkajs.Kafka({
    clientId: options.clientId,
    brokers: [...options.brokers],
    connectionTimeout: 2_000,
    requestTimeout: 5_000,
    retry: { initialRetryTime: 50, maxRetryTime: 1_000, retries: 4 },
    logLevel: kafkajs.logLevel.WARN,
    logCreator: () => (entry) => {
      const { message, timestamp: _timestamp, logger: _logger, ...fields } = entry.log;
      options.log.debug({ ...fields, kafka: entry.namespace }, message);
    },
  });
  const context: KafkaContext = {
    client,
    log: options.log,
    namespace: options.namespace,
    onBroker: (topic) => topicOnBroker(options.namespace, topic),
    fromBroker: (name) => names.get(name) as TopicName,
  };
  const admin = lazyAdmin(client);
  return {
    producer: () => createProducer(context),
    subscribe: async (subscription) => {
      keepPlaceIn(subscription.group);
      if (subscription.refuseGaps) await refuseGaps(await admin.get(), context, subscription);
      return startConsumer(context, subscription);
    },
    follow: async (follow) => startFollowing(await admin.get(), context, follow),
    read: async (topic, read) => readOnce(context, topic, await ends(await admin.get(), context, topic), read),
    ends: async (topic) => ends(await admin.get(), context, topic),
    lag: async (group, read) => lag(await admin.get(), context, group, read),
    committed: async (group, read) => {
      const limits = await admin.get().then((open) => endsOf(open, context, read));
      return (await committed(await admin.get(), context, group, read)).map((position) => ({
        ...position,
        offset: position.offset < 0n ? (limitOf(limits, position)?.low ?? 0n) : position.offset,
      }));
    },
    deleteGroup: async (group) => void (await (await admin.get()).deleteGroups([group])),
    close: admin.close,
  };
}

/** One admin connection, opened when first needed. */
function lazyAdmin(client: kafkajs.Kafka) {
  let opened: Promise<Admin> | null = null;
  const open = async () => {
    const admin = client.admin();
    await admin.connect();
    return admin;
  };
  return {
    get: () => (opened ??= open().catch((error: unknown) => ((opened = null), Promise.reject(error as Error)))),
    close: async () => void (await opened?.then((admin) => admin.disconnect())),
  };
}

async function ends(admin: Admin, context: KafkaContext, topic: TopicName): Promise<PartitionEnds[]> {
  const offsets = await withLeader(() => admin.fetchTopicOffsets(context.onBroker(topic)));
  return offsets
    .map(({ partition, low, high }) => ({ partition, low: BigInt(low), high: BigInt(high) }))
    .sort((a, b) => a.partition - b.partition);
}

async function committed(
  admin: Admin,
  context: KafkaContext,
  group: string,
  read: readonly TopicName[],
): Promise<GroupPosition[]> {
  const answer = await admin.fetchOffsets({ groupId: group, topics: read.map(context.onBroker) });
  return answer.flatMap(({ topic, partitions }) =>
    partitions.map(({ partition, offset }) => ({
      topic: context.fromBroker(topic),
      partition,
      offset: BigInt(offset),
    })),
  );
}

async function lag(admin: Admin, context: KafkaContext, group: string, read: readonly TopicName[]): Promise<bigint> {
  const positions = await committed(admin, context, group, read);
  const limits = await endsOf(admin, context, read);
  return positions.reduce((sum, position) => {
    const limit = limitOf(limits, position);
    return limit ? sum + limit.high - (position.offset < 0n ? limit.low : position.offset) : sum;
  }, 0n);
}

type Limits = ReadonlyMap<TopicName, readonly PartitionEnds[]>;

async function endsOf(admin: Admin, context: KafkaContext, read: readonly TopicName[]): Promise<Limits> {
  return new Map(await Promise.all(read.map(async (topic) => [topic, await ends(admin, context, topic)] as const)));
}

function limitOf(limits: Limits, { topic, partition }: Pick<GroupPosition, 'topic' | 'partition'>) {
  return limits.get(topic)?.find((end) => end.partition === partition);
}

/** kafkajs jumps over dropped records by itself; a group that moves money must stop and let a person look. */
async function refuseGaps(
  admin: Admin,
  context: KafkaContext,
  { group, topics: read }: SubscribeOptions,
): Promise<void> {
  for (const { topic, partition, offset } of await committed(admin, context, group, read)) {
    if (offset < 0n) continue;
    const limit = (await ends(admin, context, topic)).find((end) => end.partition === partition);
    if (!limit || (limit.low <= offset && offset <= limit.high)) continue;
    throw logGap(group, `${topic}/${partition}`, offset, `holds ${limit.low} to ${limit.high}`);
  }
}

async function startFollowing(admin: Admin, context: KafkaContext, options: FollowOptions) {
  const found = await admin.fetchTopicOffsetsByTimestamp(context.onBroker(options.topic), options.fromMs);
  // Moves along with what is read: nothing is committed, so it is also where reading goes on after a rebalance.
  const startAt = new Map(found.map(({ partition, offset }) => [partition, BigInt(offset)]));
  options.begin?.([...startAt].map(([partition, offset]) => ({ partition, offset })));
  return startConsumer(context, {
    group: options.group,
    topics: [options.topic],
    concurrency: 1,
    commits: false,
    startAt,
    handle: async (batch) => {
      options.handle(batch.records);
      const last = batch.records.at(-1);
      if (!last) return;
      startAt.set(batch.partition, last.offset + 1n);
      batch.resolve(last.offset);
    },
  });
}
