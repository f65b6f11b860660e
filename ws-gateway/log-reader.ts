import { isUtf8 } from 'node:buffer';
import { sleep } from '../shared/clock.ts';
import { decodeControl, isControl } from '../shared/control.ts';
import { errorText } from '../shared/errors.ts';
import { decodeFrame, epochOf, sequenceOf, topicOwner } from '../shared/frame.ts';
import type { InRecord, Kafka, PartitionEnds, PartitionStart } from '../shared/kafka.ts';
import type { Logger } from '../shared/logger.ts';
import { FRAMES_GENERATION } from '../shared/topics.ts';
import { LoggedFrame } from './logged-frame.ts';
import { metrics } from './metrics.ts';
import { partitionOf } from '../shared/partition.ts';
import { type StoredFrame, WINDOW_MS } from './recovery.ts';
import type { Position } from './resume.ts';

/**
 * Reads all of `ws.out` into this gateway, from ten minutes back on, in a group of its own. Nothing is routed by a
 * table that could be stale: every gateway sees every frame and picks by key and headers.
 */
export interface LogReader {
  /** True once everything that was in the log at the start has been read. */
  isCaughtUp(): boolean;
  partitionOf(topic: string): number;
  /** Where the topic's partition stands here: what has been read, sent to it or to others. */
  positionOf(topic: string): Position;
  /** The partition's end as the broker says, no older than this question unless it reaches `atLeast` already. */
  endOf(partition: number, atLeast: number): Promise<number>;
  /** Resolves with the reason when this gateway can no longer say truthfully what viewers missed: it must end. */
  readonly failed: Promise<Error>;
  close(): Promise<void>;
}

export interface LogReaderOptions {
  readonly kafka: Kafka;
  /** The id on the broker; removed at the end. */
  readonly group: string;
  readonly log: Logger;
  begin(partition: number, seq: number): void;
  /** Whether anybody here is in the topic: what is not held is kept as it came, and costs little more than its reading. */
  isHeld(topic: string): boolean;
  /** Takes each frame once, in the log's order. */
  take(frame: StoredFrame): void;
  /** Takes what a control record says: these sessions have ended. */
  revoke(sessions: readonly string[]): void;
  readonly now?: () => number;
}

const LOOK_AT_ENDS_MS = 5_000;
const START_ATTEMPTS = 20;
const START_PAUSE_MS = 250;

export async function followFrames(options: LogReaderOptions): Promise<LogReader> {
  const { kafka, group, log } = options;
  const atStart = await endsAtStart(kafka, log);
  const ends = new Ends(kafka, atStart);
  const place = new Place(atStart.length);
  const failure = Promise.withResolvers<Error>();
  const subscription = await kafka.follow({
    group,
    topic: 'ws.out',
    fromMs: (options.now ?? Date.now)() - WINDOW_MS,
    begin: (starts) => place.begin(starts, options),
    handle: (records) => {
      for (const record of records) {
        const gap = place.gapBefore(record);
        // From here on nothing is taken: what this gateway says that it knows would have a hole.
        if (gap) return failure.resolve(new Error(gap));
        if (place.advance(record)) takeRecord(record, options);
      }
    },
  });
  void subscription.crashed.then(failure.resolve);
  const timer = setInterval(() => void look(), LOOK_AT_ENDS_MS);
  const look = async () => {
    // What had been read before the question: the log may grow while it is answered, but must reach that far.
    const read = [...place.seqs];
    try {
      const reason = decideFailure(await kafka.ends('ws.out'), read);
      if (reason) failure.resolve(new Error(reason));
    } catch (error) {
      log.warn({ reason: errorText(error) }, "the log's ends are unknown for now");
    }
  };
  const keyPartition = (topic: string) => partitionOf(topicOwner(topic), atStart.length);
  return {
    isCaughtUp: () => atStart.every(({ partition, high }) => (place.seqs[partition] ?? -1) >= Number(high)),
    partitionOf: keyPartition,
    positionOf: (topic) => {
      const partition = keyPartition(topic);
      return { epoch: epochOf(FRAMES_GENERATION, partition), seq: place.seqs[partition] ?? 0 };
    },
    endOf: (partition, atLeast) => ends.endOf(partition, atLeast),
    failed: failure.promise,
    async close() {
      clearInterval(timer);
      await subscription.close();
      await kafka.deleteGroup(group).catch((error: unknown) => {
        log.warn({ reason: errorText(error), group }, 'the group stays behind until the broker drops it');
      });
    },
  };
}

/** A topic that was made a moment ago has leaders that do not answer yet; the broker may just be starting as well. */
async function endsAtStart(kafka: Kafka, log: Logger): Promise<readonly PartitionEnds[]> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await kafka.ends('ws.out');
    } catch (error) {
      if (attempt === START_ATTEMPTS) throw error;
      log.warn({ reason: errorText(error) }, 'the log does not answer yet');
      await sleep(START_PAUSE_MS);
    }
  }
}

function takeRecord(record: InRecord, { take, isHeld, revoke, log }: LogReaderOptions): void {
  // One of a newer build is not understood, and what it is about is told by the auth service as well.
  if (isControl(record)) return revoke(decodeControl(record)?.sessions ?? []);
  const routed = decodeFrame(record);
  // Bytes that are no UTF-8 would make every viewer's client fail the connection (RFC 6455, 8.1).
  if (!routed || !isUtf8(routed.body)) {
    metrics.framesOut.inc({ result: 'unreadable' });
    log.error({ partition: record.partition, offset: String(record.offset) }, 'a record is no frame; left out');
    return;
  }
  take(new LoggedFrame(routed, isHeld(routed.topic)));
}

/**
 * Why a gateway must not go on, or null. An end below what was read means that the log was made anew under its old
 * name; a beginning above it, that records vanished unread. Either way positions that clients hold would lie.
 */
export function decideFailure(ends: readonly PartitionEnds[], seqs: readonly (number | undefined)[]): string | null {
  for (const { partition, low, high } of ends) {
    const seq = seqs[partition];
    if (seq === undefined) return `partition ${partition} of ws.out is new: its keys have moved`;
    if (Number(high) < seq) return `ws.out/${partition} ends at ${high}, but was read up to ${seq}: it was made anew`;
    if (Number(low) > seq) return `ws.out/${partition} begins at ${low}, but was read up to ${seq} only`;
  }
  return null;
}

/** What was read of each partition. */
class Place {
  /** The seq of the last record read, by partition. */
  readonly seqs: (number | undefined)[];

  constructor(partitions: number) {
    this.seqs = new Array<number | undefined>(partitions).fill(undefined);
  }

  begin(starts: readonly PartitionStart[], options: LogReaderOptions): void {
    for (const { partition, offset } of starts) {
      const seq = sequenceOf(offset - 1n);
      this.seqs[partition] = seq;
      options.begin(partition, seq);
    }
  }

  /** Why what lies between the last record read and this one is missing, or null: a log of whole topics has no holes. */
  gapBefore({ partition, offset }: InRecord): string | null {
    const last = this.seqs[partition];
    if (last === undefined || sequenceOf(offset) <= last + 1) return null;
    return `ws.out/${partition} goes on at ${sequenceOf(offset)}, but was read up to ${last} only`;
  }

  /** False for a record that was read before: after a rebalance the broker gives them again. */
  advance({ partition, offset }: InRecord): boolean {
    const seq = sequenceOf(offset);
    if (seq <= (this.seqs[partition] ?? -1)) return false;
    this.seqs[partition] = seq;
    return true;
  }
}

/** The broker's word on where partitions end; questions that come while it is being asked share the next answer. */
class Ends {
  readonly #kafka: Kafka;
  #known: readonly PartitionEnds[];
  #asking: Promise<readonly PartitionEnds[]> | null = null;

  constructor(kafka: Kafka, known: readonly PartitionEnds[]) {
    this.#kafka = kafka;
    this.#known = known;
  }

  ask(): Promise<readonly PartitionEnds[]> {
    this.#asking ??= this.#kafka
      .ends('ws.out')
      .then((ends) => (this.#known = ends))
      .finally(() => (this.#asking = null));
    return this.#asking;
  }

  async endOf(partition: number, atLeast: number): Promise<number> {
    // A flight that was under way may have been answered before the question came; the second one was not.
    for (let flight = 0; flight < 2 && this.#endKnown(partition) < atLeast; flight++) await this.ask();
    return this.#endKnown(partition);
  }

  #endKnown(partition: number): number {
    return Number(this.#known.find((end) => end.partition === partition)?.high ?? 0n);
  }
}
