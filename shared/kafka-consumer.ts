import type { Consumer, EachBatchPayload } from 'kafkajs';
import { sleep } from './clock.ts';
import type { Batch, SubscribeOptions, Subscription } from './kafka.ts';
import type { KafkaContext } from './kafka-client.ts';
import { Commits } from './kafka-commits.ts';
import { GapWatch, logGap } from './kafka-gaps.ts';
import { toInRecord } from './kafka-record.ts';

const SESSION_TIMEOUT_MS = 10_000;
const HEARTBEAT_MS = 500;
/** How long the broker holds a fetch that finds nothing. Shorter ones cost an idle fleet most of what it uses. */
const FETCH_WAIT_MS = 300;

export interface ConsumerOptions extends SubscribeOptions {
  /** False for a group whose place is nobody's business but its own. */
  readonly commits?: boolean;
  /** Begin here instead of where the group stands; looked at again after each rebalance, so it may move along. */
  readonly startAt?: ReadonlyMap<number, bigint>;
}

/**
 * A member of a consumer group. Offsets are committed only after their handler has resolved them: every 300 ms or 100
 * records, whichever is first, and on the way out. kafkajs would otherwise commit after each batch and make it wait.
 */
export async function startConsumer(context: KafkaContext, options: ConsumerOptions): Promise<Subscription> {
  const consumer = createConsumer(context, options);
  const commits = new Commits(context, options.commits ?? true);
  const resumes = new Set<NodeJS.Timeout>();
  const inFlight = new Set<Promise<void>>();
  const rest = createRest(options.restMs ?? 0);
  const gaps = options.refuseGaps ? new GapWatch() : null;
  let isClosing = false;
  const state = watch(consumer, context, commits);
  // Told after joining and before the first fetch, so that nothing is handled from another place.
  consumer.on(consumer.events.GROUP_JOIN, () => {
    gaps?.forget();
    for (const topic of options.topics.map(context.onBroker)) {
      for (const [partition, offset] of options.startAt ?? []) consumer.seek({ topic, partition, offset: `${offset}` });
    }
  });
  const jumps = async (payload: EachBatchPayload) => {
    const gap = gaps && (await findGap(context, options.group, payload, gaps, commits));
    if (gap) state.crash(gap);
    return gap !== null;
  };
  const run = async () => {
    await consumer.connect();
    await consumer.subscribe({ topics: options.topics.map(context.onBroker), fromBeginning: true });
    await consumer.run({
      autoCommit: false,
      eachBatchAutoResolve: false,
      partitionsConsumedConcurrently: options.concurrency ?? 4,
      eachBatch: async (payload) => {
        if (isClosing || (await jumps(payload))) return;
        commits.from(payload);
        const batch = toBatch(context, payload, commits, resumes, () => isClosing);
        const handled = options.handle(gaps ? watched(batch, gaps) : batch);
        inFlight.add(handled);
        await handled.finally(() => inFlight.delete(handled));
        void commits.ifDue();
        // Where more is waiting already nothing needs to gather.
        if (payload.batch.offsetLag() === '0') await rest.take();
      },
    });
  };
  try {
    await run();
  } catch (error) {
    await commits.close();
    await consumer.disconnect().catch(() => undefined);
    throw error;
  }
  return {
    isJoined: state.isJoined,
    crashed: state.crashed,
    async close() {
      isClosing = true;
      for (const timer of resumes) clearTimeout(timer);
      rest.end();
      await Promise.allSettled(inFlight);
      await commits.close();
      await consumer.disconnect();
    },
  };
}

/** Why this batch must not be handled, or null. */
async function findGap(
  context: KafkaContext,
  group: string,
  { batch, commitOffsetsIfNecessary: commit }: EachBatchPayload,
  gaps: GapWatch,
  commits: Commits,
): Promise<Error | null> {
  const { topic, partition } = batch;
  const place = placeOf({ topic: context.fromBroker(topic), partition });
  const first = BigInt(batch.messages[0]?.offset ?? 0);
  const next = gaps.before(place, first);
  if (next === null) return null;
  // kafkajs has committed that it jumped. Taken back, so that the group does not start behind the gap either.
  commits.end();
  await commit({ topics: [{ topic, partitions: [{ partition, offset: String(next) }] }] });
  return logGap(group, place, next, `goes on at ${first}`);
}

const placeOf = ({ topic, partition }: Pick<Batch, 'topic' | 'partition'>) => `${topic}/${partition}`;

function watched(batch: Batch, gaps: GapWatch): Batch {
  return {
    ...batch,
    resolve(offset) {
      batch.resolve(offset);
      gaps.resolved(placeOf(batch), offset);
    },
  };
}

/**
 * Holds one handler at a time back: a broker's next fetch waits for all handlers of the last one, and the others go on with
 * what that has brought.
 */
function createRest(ms: number) {
  const ending = new AbortController();
  let isTaken = false;
  return {
    async take(): Promise<void> {
      if (ms === 0 || isTaken) return;
      isTaken = true;
      await sleep(ms, ending.signal);
      isTaken = false;
    },
    end: () => ending.abort(),
  };
}

function createConsumer(context: KafkaContext, options: ConsumerOptions): Consumer {
  return context.client.consumer({
    groupId: options.group,
    sessionTimeout: SESSION_TIMEOUT_MS,
    heartbeatInterval: HEARTBEAT_MS,
    rebalanceTimeout: 30_000,
    minBytes: 1,
    maxWaitTimeInMs: FETCH_WAIT_MS,
    maxBytesPerPartition: 1_048_576,
    allowAutoTopicCreation: false,
    retry: { initialRetryTime: 100, maxRetryTime: 2_000, retries: 8 },
  });
}

function watch(consumer: Consumer, context: KafkaContext, commits: Commits) {
  let joined = false;
  const { promise: crashed, resolve } = Promise.withResolvers<Error>();
  const { GROUP_JOIN, REBALANCING, CRASH } = consumer.events;
  consumer.on(GROUP_JOIN, ({ payload }) => {
    joined = true;
    context.log.debug({ assignment: payload.memberAssignment }, 'joined the group');
  });
  consumer.on(REBALANCING, () => void commits.now());
  consumer.on(CRASH, ({ payload }) => {
    joined = false;
    context.log.warn({ err: payload.error, restart: payload.restart }, 'the consumer stumbled');
    if (!payload.restart) resolve(payload.error);
  });
  return { isJoined: () => joined, crashed, crash: resolve };
}

function toBatch(
  context: KafkaContext,
  payload: EachBatchPayload,
  commits: Commits,
  resumes: Set<NodeJS.Timeout>,
  isClosing: () => boolean,
): Batch {
  const topic = context.fromBroker(payload.batch.topic);
  const { partition } = payload.batch;
  return {
    topic,
    partition,
    records: payload.batch.messages.map((message) => toInRecord(topic, partition, message)),
    highWatermark: BigInt(payload.batch.highWatermark),
    heartbeat: () => payload.heartbeat(),
    isStale: () => isClosing() || !payload.isRunning() || payload.isStale(),
    resolve: (offset) => {
      payload.resolveOffset(String(offset));
      commits.count++;
    },
    pause: (ms) => {
      const resume = payload.pause();
      const timer = setTimeout(() => {
        resumes.delete(timer);
        resume();
      }, ms);
      resumes.add(timer);
    },
  };
}
