import { randomUUID } from 'node:crypto';
import { sleep } from '../../shared/clock.ts';
import { header } from '../../shared/event.ts';
import { decodeFrame, sequenceOf, topicOwner } from '../../shared/frame.ts';
import { groupOnBroker } from '../../shared/groups.ts';
import type { InRecord, Kafka } from '../../shared/kafka.ts';
import type { TopicName } from '../../shared/topics.ts';
import { noteSource, type SourceOrder } from './sources.ts';
import { textsIn } from './texts.ts';

/** A frame as it stands in `ws.out`. */
export interface LoggedFrame {
  readonly id: string;
  /** Who may see it; null = everybody in the room. */
  readonly subjects: ReadonlySet<string> | null;
  /** Its place as viewers are told it. */
  readonly seq: number;
}

/** What the log says; null where it no longer has its beginning. */
export interface LogFacts {
  /** Room → its frames in the log's order, repeats too. */
  readonly frames: ReadonlyMap<string, readonly LoggedFrame[]> | null;
  /** Goal → ids of its EndGoal events. */
  readonly endings: ReadonlyMap<string, ReadonlySet<string>> | null;
  /** What the events of each topic give the rooms; without a topic that no longer has its beginning. */
  readonly sources: readonly SourceOrder[];
  /** What people have written that stands in frames for everybody, with the first frame's id. */
  readonly texts: ReadonlyMap<string, string>;
}

export async function readLogs(kafka: Kafka, namespace: string): Promise<LogFacts> {
  const frames = new Map<string, LoggedFrame[]>();
  const endings = new Map<string, Set<string>>();
  const texts = new Map<string, string>();
  const [ofRooms, ofDonations] = [noteSource(), noteSource()];
  const [hasFrames, hasRooms, hasDonations] = await Promise.all([
    readThrough(kafka, namespace, 'ws.out', (record) => {
      const frame = decodeFrame(record);
      if (!frame) return;
      if (frame.subjects === null)
        for (const text of textsIn(frame.body.toString())) if (!texts.has(text)) texts.set(text, frame.id);
      if (!frame.topic.startsWith('room:')) return;
      const room = topicOwner(frame.topic);
      const logged = { id: frame.id, subjects: frame.subjects, seq: sequenceOf(frame.offset) };
      const known = frames.get(room);
      if (known) known.push(logged);
      else frames.set(room, [logged]);
    }),
    readThrough(kafka, namespace, 'rooms', (record) => ofRooms.note(record)),
    readThrough(kafka, namespace, 'donations', (record) => {
      const { headers, value } = record;
      ofDonations.note(record);
      if (headers[header.type] !== 'EndGoal' || value === null) return;
      const goalId = String((JSON.parse(value.toString()) as { goal_id?: unknown }).goal_id);
      endings.set(goalId, (endings.get(goalId) ?? new Set<string>()).add(headers[header.id] ?? ''));
    }),
  ]);
  return {
    frames: hasFrames ? frames : null,
    endings: hasDonations ? endings : null,
    sources: [...(hasRooms ? [ofRooms.order()] : []), ...(hasDonations ? [ofDonations.order()] : [])],
    texts,
  };
}

const LIMIT_MS = 300_000;

/**
 * Gives each record that a topic has now to `take`, in the order of its partition, without keeping them.
 * @returns false where the topic's beginning is gone
 * @throws where that takes more than five minutes
 */
async function readThrough(
  kafka: Kafka,
  namespace: string,
  topic: TopicName,
  take: (record: InRecord) => void,
): Promise<boolean> {
  const ends = await kafka.ends(topic);
  const open = new Map(ends.flatMap(({ partition, low, high }) => (low < high ? [[partition, high]] : [])));
  const isWhole = ends.every(({ low }) => low === 0n);
  if (open.size === 0) return isWhole;
  const next = new Map<number, bigint>();
  const finished = Promise.withResolvers<'finished'>();
  const handle = (records: readonly InRecord[]) => {
    for (const record of records) {
      const { partition, offset } = record;
      const end = open.get(partition);
      // After a rebalance the broker gives records again.
      if (end === undefined || offset >= end || offset < (next.get(partition) ?? 0n)) continue;
      next.set(partition, offset + 1n);
      take(record);
      if (offset === end - 1n) open.delete(partition);
    }
    if (open.size === 0) finished.resolve('finished');
  };
  const group = groupOnBroker(namespace, `chaos-${randomUUID()}`);
  const subscription = await kafka.follow({ group, topic, fromMs: 0, handle });
  const waiting = new AbortController();
  const ended = await Promise.race([finished.promise, subscription.crashed, sleep(LIMIT_MS, waiting.signal)]);
  waiting.abort();
  await subscription.close();
  // A group whose member is just leaving cannot be removed yet; the broker forgets it by itself.
  await kafka.deleteGroup(group).catch(() => undefined);
  if (ended !== 'finished') throw new Error(`${topic} was not read to its end`, { cause: ended });
  return isWhole;
}
