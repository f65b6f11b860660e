import { readdirSync } from 'node:fs';
import kafkajs, { type Admin } from 'kafkajs';
import { topicOnBroker, type TopicName } from '../../shared/topics.ts';
import type { Stand } from '../fault.ts';

/** Does something with a connection to the brokers of its own. */
export async function withAdmin<T>(stand: Stand, work: (admin: Admin) => Promise<T>): Promise<T> {
  const brokers = stand.product.servers.KAFKA_BROKERS.split(',');
  const admin = new kafkajs.Kafka({ brokers, logLevel: kafkajs.logLevel.NOTHING }).admin();
  await admin.connect();
  return work(admin).finally(() => admin.disconnect());
}

/** The topic's name on the broker in this run. */
export function nameOnBroker(stand: Stand, topic: TopicName): string {
  return topicOnBroker(stand.product.namespace, topic);
}

/** The offset after the last record of each partition. */
export async function highsOf(stand: Stand, topic: TopicName): Promise<ReadonlyMap<number, number>> {
  const offsets = await withAdmin(stand, (admin) => admin.fetchTopicOffsets(nameOnBroker(stand, topic)));
  return new Map(offsets.map(({ partition, high }) => [partition, Number(high)]));
}

const BROKER = 4;
const FIRST_ID = '1';

/** The folders of a topic's partitions on the one broker's disk. */
export async function foldersOf(stand: Stand, topic: TopicName): Promise<readonly string[]> {
  const { resources } = await withAdmin(stand, (admin) =>
    admin.describeConfigs({
      resources: [{ type: BROKER, name: FIRST_ID, configNames: ['log.dirs'] }],
      includeSynonyms: false,
    }),
  );
  const directory = resources[0]?.configEntries.find(({ configName }) => configName === 'log.dirs')?.configValue;
  if (!directory) throw new Error('the broker does not say where its logs lie');
  const prefix = `${nameOnBroker(stand, topic)}-`;
  return readdirSync(directory)
    .filter((name) => name.startsWith(prefix) && /^[0-9]+$/.test(name.slice(prefix.length)))
    .map((name) => `${directory}/${name}`);
}

/** The file in which a partition's log goes on. */
export function newestSegment(folder: string): string {
  const newest = readdirSync(folder)
    .filter((name) => name.endsWith('.log'))
    .sort()
    .at(-1);
  if (!newest) throw new Error(`${folder} holds no log`);
  return `${folder}/${newest}`;
}
