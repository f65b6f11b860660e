import type { TopicName } from './topics.ts';

/**
 * The port to Kafka. Everything else in the product sees these types only; the adapter (kafka-client.ts) is the one
 * place that knows the client library.
 */
export interface OutRecord {
  readonly topic: TopicName;
  readonly key: string | null;
  readonly value: string | Buffer | null;
  readonly headers: Readonly<Record<string, string>>;
}

export interface InRecord {
  readonly topic: TopicName;
  readonly partition: number;
  readonly offset: bigint;
  readonly key: string | null;
  readonly value: Buffer | null;
  readonly headers: Readonly<Record<string, string>>;
  /** ms since 1970, as the topic's timestamp type says. */
  readonly timestampMs: number;
}

export interface Producer {
  /**
   * One request; resolves once every in-sync replica has every record.
   * @throws AppError retriable: the broker did not confirm, and each record may or may not have been written
   */
  send(records: readonly OutRecord[]): Promise<void>;
  close(): Promise<void>;
}

/** Records of one partition, in order, and what their handler may do. */
export interface Batch {
  readonly topic: TopicName;
  readonly partition: number;
  readonly records: readonly InRecord[];
  /** Offset after the partition's last record when this batch was fetched. */
  readonly highWatermark: bigint;
  /** Keeps the membership alive; cheap when called too often. @throws while the group rebalances */
  heartbeat(): Promise<void>;
  /** The partition has moved or the consumer stops: leave the rest to its next owner. */
  isStale(): boolean;
  /** All records up to this offset are finished; they will be committed and not come again. */
  resolve(offset: bigint): void;
  /** Fetches nothing more of this partition for `ms` milliseconds; what is not resolved then comes again. */
  pause(ms: number): void;
}

export interface Subscription {
  /** True once the group has given this member its share (which may be no partition at all). */
  isJoined(): boolean;
  /** Resolves with the reason when the consumer has ended for good: let the process end, its supervisor restarts it. */
  readonly crashed: Promise<Error>;
  /** Finishes what is in flight, commits and leaves the group. */
  close(): Promise<void>;
}

export interface SubscribeOptions {
  /** The id on the broker. A new one reads from the beginning. */
  readonly group: string;
  readonly topics: readonly TopicName[];
  handle(batch: Batch): Promise<void>;
  /** Partitions handled at once; default 4. */
  readonly concurrency?: number;
  /** After a few records nothing is fetched for so long, so that more come together; default 0. */
  readonly restMs?: number;
  /** Refuse to start where Kafka has already dropped records that the group has not read. */
  readonly refuseGaps?: boolean;
}

export interface FollowOptions {
  readonly group: string;
  readonly topic: TopicName;
  /** Start at the first record appended at or after this time, ms since 1970. */
  readonly fromMs: number;
  /** Told once, before any record: the offset from which each partition is read. */
  begin?(starts: readonly PartitionStart[]): void;
  handle(records: readonly InRecord[]): void;
}

export interface PartitionStart {
  readonly partition: number;
  readonly offset: bigint;
}

/** Ends of a partition: the first offset kept, and the one after the last. */
export interface PartitionEnds {
  readonly partition: number;
  readonly low: bigint;
  readonly high: bigint;
}

export interface GroupPosition {
  readonly topic: TopicName;
  readonly partition: number;
  readonly offset: bigint;
}

export interface ReadOptions {
  /** Where to begin in each partition; one that is not named is read from its first record kept. */
  readonly from?: ReadonlyMap<number, bigint>;
  /** Stop after this many. */
  readonly maximumRecords: number;
}

export interface Kafka {
  producer(): Promise<Producer>;
  subscribe(options: SubscribeOptions): Promise<Subscription>;
  /** Reads every partition of a topic from a point in time on, in a group that nobody shares and nothing commits. */
  follow(options: FollowOptions): Promise<Subscription>;
  /** Reads a topic once, up to its ends as they are now; ordered by partition and offset. For tools, not for live paths. */
  read(topic: TopicName, options: ReadOptions): Promise<InRecord[]>;
  ends(topic: TopicName): Promise<PartitionEnds[]>;
  /** Records that the group has not yet committed, summed over its topics' partitions. */
  lag(group: string, topics: readonly TopicName[]): Promise<bigint>;
  /** Where the group stands in each partition: the next offset that it will read. The first kept where it never was. */
  committed(group: string, topics: readonly TopicName[]): Promise<GroupPosition[]>;
  /** Removes a consumer group that has no members. */
  deleteGroup(group: string): Promise<void>;
  close(): Promise<void>;
}
