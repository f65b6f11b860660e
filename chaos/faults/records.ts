import { readDeadLetters, withKafka } from '../check/quiet.ts';
import { header } from '../../shared/event.ts';
import type { InRecord, OutRecord } from '../../shared/kafka.ts';
import type { TopicName } from '../../shared/topics.ts';
import type { Stand } from '../fault.ts';

/** What the faults of the log have in common: reading topics, and writing to them past the product. */

/** The topics that carry events. */
export const EVENT_TOPICS = ['rooms', 'donations', 'ledger'] as const satisfies readonly TopicName[];

/** Partition → offset. */
export type Offsets = ReadonlyMap<number, bigint>;

const MAXIMUM_RECORDS = 1_000_000;

/** The offset after the last record of each partition. */
export async function endsOf(stand: Stand, topic: TopicName): Promise<Offsets> {
  const ends = await withKafka(stand.product, (kafka) => kafka.ends(topic));
  return new Map(ends.map(({ partition, high }) => [partition, high]));
}

/** The topic's records from these offsets on (its first unless given), by partition and offset. */
export function recordsFrom(stand: Stand, topic: TopicName, from?: Offsets): Promise<readonly InRecord[]> {
  return withKafka(stand.product, (kafka) =>
    kafka.read(topic, { maximumRecords: MAXIMUM_RECORDS, ...(from && { from }) }),
  );
}

/** The topic's records without those that were set aside: a copy of such a one would be set aside again. */
export async function goodRecords(stand: Stand, topic: TopicName): Promise<InRecord[]> {
  const { sources } = await withKafka(stand.product, readDeadLetters);
  const bad = new Set(sources);
  const records = await recordsFrom(stand, topic);
  return records.filter(({ partition, offset }) => !bad.has(`${topic}/${partition}/${offset}`));
}

/** Writes these records, in this order, each batch of so many once the one before has been confirmed. */
export async function writeRecords(stand: Stand, records: readonly OutRecord[], perRequest = 500): Promise<void> {
  await withKafka(stand.product, async (kafka) => {
    const producer = await kafka.producer();
    try {
      for (let at = 0; at < records.length; at += perRequest) await producer.send(records.slice(at, at + perRequest));
    } finally {
      await producer.close();
    }
  });
}

/** The same record, to be written again. */
export function copyOf({ topic, key, value, headers }: InRecord): OutRecord {
  return { topic, key, value, headers };
}

/** How many of these records bear the id of one before them. */
export function repeatsIn(records: readonly InRecord[]): number {
  return records.length - new Set(records.map(({ headers }) => headers[header.id])).size;
}
