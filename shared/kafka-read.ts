import { randomUUID } from 'node:crypto';
import { sleep } from './clock.ts';
import { AppError } from './errors.ts';
import type { InRecord, PartitionEnds, ReadOptions } from './kafka.ts';
import type { KafkaContext } from './kafka-client.ts';
import { startConsumer } from './kafka-consumer.ts';
import { groupOnBroker } from './groups.ts';
import type { TopicName } from './topics.ts';

const LIMIT_MS = 20_000;

/** Reads a topic up to the given ends, in a group that is used once. @throws AppError where that takes over 20 s */
export async function readOnce(
  context: KafkaContext,
  topic: TopicName,
  ends: readonly PartitionEnds[],
  { from, maximumRecords }: ReadOptions,
): Promise<InRecord[]> {
  const startAt = new Map<number, bigint>();
  const open = new Map<number, bigint>();
  for (const { partition, low, high } of ends) {
    const wanted = from?.get(partition) ?? low;
    startAt.set(partition, wanted > low ? wanted : low);
    if ((startAt.get(partition) as bigint) < high) open.set(partition, high);
  }
  if (open.size === 0) return [];
  const found: InRecord[] = [];
  const { promise: finished, resolve: finish } = Promise.withResolvers<'finished'>();
  const subscription = await startConsumer(context, {
    group: groupOnBroker(context.namespace, `read-${randomUUID()}`),
    topics: [topic],
    concurrency: 1,
    commits: false,
    startAt,
    handle: async (batch) => {
      const end = open.get(batch.partition);
      found.push(...batch.records.filter((record) => end !== undefined && record.offset < end));
      const last = batch.records.at(-1);
      if (last) {
        batch.resolve(last.offset);
        startAt.set(batch.partition, last.offset + 1n); // a member that has to join anew goes on there
      }
      if (last && end !== undefined && last.offset >= end - 1n) open.delete(batch.partition);
      if (open.size === 0 || found.length >= maximumRecords) finish('finished');
    },
  });
  const waiting = new AbortController();
  const ended = await Promise.race([finished, sleep(LIMIT_MS, waiting.signal)]);
  waiting.abort();
  await subscription.close();
  if (ended !== 'finished') throw new AppError('unavailable', `${topic} was not read in time`, { retriable: true });
  found.sort((a, b) => a.partition - b.partition || (a.offset < b.offset ? -1 : 1));
  return found.slice(0, maximumRecords);
}
