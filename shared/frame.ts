import type { InRecord, OutRecord } from './kafka.ts';
import { isUuid } from './ids.ts';

/**
 * Frames on the topic `ws.out`: the value is the JSON text that viewers get, but for `seq`, which follows from the
 * record's offset and is spliced in once by each gateway. What a gateway must decide by stands in the headers; it parses no body.
 */
export interface Frame {
  /** Stable: the same event gives the same frame id, and gateways and clients drop an id that they know. */
  readonly id: string;
  /** `room:{owner_id}` or `person:{uuid}`. */
  readonly topic: string;
  readonly type: string;
  readonly createdAt: string;
  /** The fields beside type, id, topic, seq and created_at. */
  readonly fields: Readonly<Record<string, unknown>>;
  /** null = everybody in the topic; else only these subjects see it. */
  readonly subjects: readonly string[] | null;
  /** The room that it belongs to, where it belongs to one. */
  readonly ownerId: string | null;
  /** The sender's connection, where known. */
  readonly connectionId?: string | undefined;
}

const header = {
  id: 'id',
  topic: 'topic',
  type: 'type',
  isPublic: 'is_public',
  subjects: 'subjects',
  ownerId: 'owner_id',
  connectionId: 'connection_id',
} as const;

/** What a gateway reads off a record of `ws.out`. */
export interface RoutedFrame {
  readonly id: string;
  readonly topic: string;
  readonly subjects: ReadonlySet<string> | null;
  readonly partition: number;
  readonly offset: bigint;
  /** When the broker appended it, ms since 1970. */
  readonly appendedAtMs: number;
  /** JSON text without `seq`. */
  readonly body: Buffer;
}

/** The part of a topic after its kind: the uuid that keys it on Kafka. */
export function topicOwner(topic: string): string {
  return topic.slice(topic.indexOf(':') + 1);
}

export function encodeFrame(frame: Frame): OutRecord {
  return {
    topic: 'ws.out',
    key: topicOwner(frame.topic),
    value: JSON.stringify({
      type: frame.type,
      id: frame.id,
      topic: frame.topic,
      created_at: frame.createdAt,
      ...frame.fields,
    }),
    headers: {
      [header.id]: frame.id,
      [header.topic]: frame.topic,
      [header.type]: frame.type,
      [header.isPublic]: String(frame.subjects === null),
      ...(frame.subjects && { [header.subjects]: frame.subjects.join(',') }),
      ...(frame.ownerId && { [header.ownerId]: frame.ownerId }),
      ...(frame.connectionId && { [header.connectionId]: frame.connectionId }),
    },
  };
}

/** Reads the routing headers; null where the record is no frame of ours (never thrown for, never delivered). */
export function decodeFrame(record: InRecord): RoutedFrame | null {
  const { [header.id]: id, [header.topic]: topic, [header.isPublic]: isPublic } = record.headers;
  if (!id || !topic || !record.value || record.value[0] !== 0x7b) return null;
  if (isPublic !== 'true' && isPublic !== 'false') return null;
  const subjects = (record.headers[header.subjects] ?? '').split(',').filter(isUuid);
  return {
    id,
    topic,
    subjects: isPublic === 'true' ? null : new Set(subjects),
    partition: record.partition,
    offset: record.offset,
    appendedAtMs: record.timestampMs,
    body: record.value,
  };
}

/**
 * A record's place in its topic as clients see it: the offset after it, so that 0 is the place before the first record
 * and no place is negative.
 */
export function sequenceOf(offset: bigint): number {
  return Number(offset) + 1;
}

/** The epoch within which `seq` grows: the generation of `ws.out` and the partition. */
export function epochOf(generation: number, partition: number): string {
  return `g${generation}.${partition}`;
}
