import { type Clock, sleep } from '../../shared/clock.ts';
import { AppError, errorText } from '../../shared/errors.ts';
import type { Received } from '../../shared/event.ts';
import type { EventName } from '../../shared/events/catalogue.ts';
import { type GroupName, groupOnBroker, groups } from '../../shared/groups.ts';
import type { Kafka, Producer, Subscription } from '../../shared/kafka.ts';
import type { Logger } from '../../shared/logger.ts';
import { createBatchHandler } from './batch.ts';
import { metrics } from './metrics.ts';
import type { Handled } from './slice.ts';
import { Streak } from './streak.ts';
import type { Tries } from './tries.ts';

export const CONCURRENT_PARTITIONS = 4;
const LAG_EVERY_MS = 5_000;

export interface GroupOptions {
  readonly group: GroupName;
  readonly namespace: string;
  readonly kafka: Kafka;
  readonly producer: Producer;
  readonly clock: Clock;
  readonly log: Logger;
  readonly listenerOf: ReadonlyMap<EventName, string>;
  readonly tries: Tries;
  execute(events: readonly Received[]): Promise<readonly Handled[]>;
  /** Ends the process. */
  crash(error: unknown): void;
}

export interface RunningGroup {
  readonly group: GroupName;
  /** @throws with the reason where the group does not handle events */
  check(): void;
  /** Finishes what is in flight, commits and leaves the group. */
  close(): Promise<void>;
}

/** Starts one consumer group in this process; it shares the partitions with its other members. */
export async function startGroup(options: GroupOptions): Promise<RunningGroup> {
  const { group } = options;
  const log = options.log.child({ group });
  const id = groupOnBroker(options.namespace, group);
  let subscription: Subscription | null = null;
  let closing: Promise<void> | null = null;
  let stopped: string | null = null;
  const leave = () => (closing ??= subscription?.close() ?? null);
  const stop = (reason: string) => {
    if (stopped !== null) return;
    stopped = reason;
    metrics.stopped.set({ group }, 1);
    log.error(
      { reason },
      'the group has stopped so as not to set aside the whole topic: mend the cause, retry the dead letters ' +
        '(npm run dead-letters), then restart this process',
    );
    // Not awaited: the batch that has called this is part of what leaving waits for.
    leave()?.catch((error: unknown) => log.warn({ err: error }, 'leaving the group failed'));
  };
  const handle = createBatchHandler({ ...options, log, streak: new Streak(), isStopped: () => stopped !== null, stop });
  metrics.stopped.set({ group }, 0);
  try {
    subscription = await subscribe(options, id, handle);
    void subscription.crashed.then(options.crash);
    if (stopped !== null) await leave();
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'log-gap') throw error;
    stop(error.message);
  }
  const sampling = sampleLag(options, id, log);
  return {
    group,
    check() {
      if (stopped !== null) throw new Error(`stopped: ${stopped}`);
      if (!subscription?.isJoined()) throw new Error('has not joined its group');
    },
    async close() {
      await Promise.all([sampling.close(), leave()]);
    },
  };
}

function subscribe(options: GroupOptions, id: string, handle: Parameters<Kafka['subscribe']>[0]['handle']) {
  const { topics, money, gatherMs } = groups[options.group];
  return options.kafka.subscribe({
    group: id,
    topics,
    handle,
    concurrency: CONCURRENT_PARTITIONS,
    refuseGaps: money,
    restMs: gatherMs,
  });
}

/** Keeps the lag gauge fresh, one question at a time. */
function sampleLag({ group, kafka }: GroupOptions, id: string, log: Logger) {
  const ending = new AbortController();
  const sampling = (async () => {
    while (!ending.signal.aborted) {
      await sleep(LAG_EVERY_MS, ending.signal);
      if (ending.signal.aborted) return;
      try {
        metrics.lag.set({ group }, Number(await kafka.lag(id, groups[group].topics)));
      } catch (error) {
        log.debug({ reason: errorText(error) }, 'the lag is unknown for now');
      }
    }
  })();
  return { close: () => (ending.abort(), sampling) };
}
