import { header as eventHeader } from './event.ts';
import type { InRecord, Kafka, OutRecord, Producer } from './kafka.ts';
import { type TopicName, topics } from './topics.ts';

/**
 * Records that a group has set aside, on one topic for all: the source record as it was (key, value, headers), and in
 * headers of their own who set it aside, why, and where it stood.
 */
const PREFIX = 'dl_';
const header = {
  group: 'dl_group',
  listener: 'dl_listener',
  reason: 'dl_reason',
  stack: 'dl_stack',
  tries: 'dl_tries',
  topic: 'dl_topic',
  partition: 'dl_partition',
  offset: 'dl_offset',
  time: 'dl_time',
  /** On a note that a letter was retried: which one. The letter itself stays, as everything in a log does. */
  retried: 'dl_retried',
} as const;

const REASON_CHARACTERS = 1_000;
const STACK_CHARACTERS = 4_000;

export interface SetAside {
  readonly record: InRecord;
  readonly group: string;
  readonly listener: string;
  readonly reason: string;
  readonly stack: string | null;
  readonly tries: number;
  readonly time: Date;
}

/** The record for the topic `dead-letters`; it shares its key with the source, so letters of one key keep their order. */
export function encodeDeadLetter({ record, ...letter }: SetAside): OutRecord {
  return {
    topic: 'dead-letters',
    key: record.key,
    value: record.value,
    headers: {
      ...record.headers,
      [header.group]: letter.group,
      [header.listener]: letter.listener,
      [header.reason]: letter.reason.slice(0, REASON_CHARACTERS),
      ...(letter.stack && { [header.stack]: letter.stack.slice(0, STACK_CHARACTERS) }),
      [header.tries]: String(letter.tries),
      [header.topic]: record.topic,
      [header.partition]: String(record.partition),
      [header.offset]: String(record.offset),
      [header.time]: letter.time.toISOString(),
    },
  };
}

/** A dead letter as an operator sees it. */
export interface DeadLetter {
  /** `<partition>-<offset>` on the topic `dead-letters`. */
  readonly id: string;
  readonly group: string;
  readonly listener: string;
  readonly reason: string;
  readonly stack: string | null;
  readonly tries: number;
  readonly setAsideAt: string;
  readonly retriedAt: string | null;
  readonly event: string | null;
  readonly eventId: string | null;
  readonly source: {
    readonly topic: TopicName;
    readonly partition: number;
    readonly offset: bigint;
    readonly key: string | null;
    readonly value: Buffer | null;
    readonly headers: Readonly<Record<string, string>>;
  };
}

/** The newest dead letters, newest first, at most `limit`. */
export async function listDeadLetters(kafka: Kafka, limit: number): Promise<DeadLetter[]> {
  const ends = await kafka.ends('dead-letters');
  // A note of a retry stands on its letter's partition, behind it: twice the limit shows both.
  const tail = BigInt(limit * 2);
  const from = new Map(ends.map(({ partition, low, high }) => [partition, high - tail > low ? high - tail : low]));
  const records = await kafka.read('dead-letters', { from, maximumRecords: limit * 2 * ends.length });
  const retried = new Map(records.map((record) => [record.headers[header.retried], record.headers[header.time]]));
  return records
    .map((record) => decode(record, retried))
    .filter((letter) => letter !== null)
    .sort((a, b) => (a.setAsideAt < b.setAsideAt ? 1 : -1))
    .slice(0, limit);
}

/** One dead letter by its id, or null. Whether it was retried is not looked up. */
export async function findDeadLetter(kafka: Kafka, id: string): Promise<DeadLetter | null> {
  const [, partition, offset] = /^([0-9]{1,6})-([0-9]{1,18})$/.exec(id) ?? [];
  if (partition === undefined || offset === undefined) return null;
  const ends = await kafka.ends('dead-letters');
  const own = ends.find((end) => end.partition === Number(partition));
  if (!own || BigInt(offset) < own.low || BigInt(offset) >= own.high) return null;
  const from = new Map(ends.map((end) => [end.partition, end === own ? BigInt(offset) : end.high]));
  const [record] = await kafka.read('dead-letters', { from, maximumRecords: 1 });
  return record ? decode(record, new Map()) : null;
}

/**
 * Publishes a letter's source record again under its own event id, for the group that set it aside and no other, and
 * notes that on `dead-letters`. Repeating it is harmless: the group knows the event by its id.
 */
export async function retryDeadLetter(producer: Producer, letter: DeadLetter, now: Date): Promise<void> {
  const { topic, key, value, headers } = letter.source;
  await producer.send([{ topic, key, value, headers: { ...headers, [eventHeader.onlyGroup]: letter.group } }]);
  const note = { [header.retried]: letter.id, [header.time]: now.toISOString() };
  await producer.send([{ topic: 'dead-letters', key, value: null, headers: note }]);
}

function decode(record: InRecord, retried: ReadonlyMap<string | undefined, string | undefined>): DeadLetter | null {
  const { headers } = record;
  const topic = headers[header.topic] as TopicName | undefined;
  if (!topic || !Object.hasOwn(topics, topic)) return null;
  const id = `${record.partition}-${record.offset}`;
  return {
    id,
    group: headers[header.group] ?? '',
    listener: headers[header.listener] ?? '',
    reason: headers[header.reason] ?? '',
    stack: headers[header.stack] ?? null,
    tries: Number(headers[header.tries] ?? 1),
    setAsideAt: headers[header.time] ?? new Date(record.timestampMs).toISOString(),
    retriedAt: retried.get(id) ?? null,
    event: headers[eventHeader.type] ?? null,
    eventId: headers[eventHeader.id] ?? null,
    source: {
      topic,
      partition: Number(headers[header.partition]),
      offset: BigInt(headers[header.offset] ?? -1),
      key: record.key,
      value: record.value,
      headers: Object.fromEntries(Object.entries(headers).filter(([name]) => !name.startsWith(PREFIX))),
    },
  };
}
