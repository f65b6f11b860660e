import { Queue, Worker } from 'bullmq';
import { sleep, systemClock } from '../../shared/clock.ts';
import type { Database } from '../../shared/database.ts';
import { errorText } from '../../shared/errors.ts';
import type { Logger } from '../../shared/logger.ts';
import { reconcile } from './reconcile.ts';
import { sweepConnections } from './tables/connections.ts';

const QUEUE = 'reconcile-rooms';
const EVERY_MS = 60_000;
const CLOSE_LIMIT_MS = 2_000;

export interface ReconcilerOptions {
  readonly redisUrl: string;
  readonly namespace: string;
  readonly primary: Database;
  readonly replica: Database;
  readonly log: Logger;
  /** Between two rounds; default one minute. */
  readonly everyMs?: number;
}

/**
 * Sweeps and reconciles once a minute in one process of the fleet: each asks for the same schedule under the same name,
 * and the queue gives a round to one of them. Without Redis there are no rounds until it is back.
 */
export function startReconciler(options: ReconcilerOptions): { close(): Promise<void> } {
  const { redisUrl, namespace, primary, replica, log, everyMs = EVERY_MS } = options;
  const shared = {
    connection: { url: redisUrl, maxRetriesPerRequest: null },
    prefix: `${namespace}jobs`,
  };
  const queue = new Queue(QUEUE, shared);
  const round = async () => {
    await sweep(primary);
    await reconcile(primary, replica, log);
  };
  const worker = new Worker(QUEUE, round, shared);
  let isAway = false;
  const complain = (error: Error) => {
    if (!isAway) log.warn({ reason: errorText(error) }, 'the reconciler waits for Redis');
    isAway = true;
  };
  worker.on('ready', () => (isAway = false));
  queue.on('error', complain);
  worker.on('error', complain);
  worker.on('failed', (_job, error) => log.warn({ reason: errorText(error) }, 'a round of the reconciler failed'));
  const stopAsking = keepScheduled(queue, everyMs, complain);
  return {
    async close() {
      stopAsking();
      // A client of the queue that waits for Redis would wait for it here too.
      const closed = new AbortController();
      const closing = Promise.all([worker.close(), queue.close()]).finally(() => closed.abort());
      await Promise.race([closing, sleep(CLOSE_LIMIT_MS, closed.signal)]);
    },
  };
}

/** In transactions of its own, so that nobody who holds other locks waits for rows that are swept. */
async function sweep(primary: Database): Promise<void> {
  const now = systemClock.now();
  while (await primary.transaction((tx) => sweepConnections(tx, now)));
}

/**
 * Asks for the schedule at once and then as often as it has rounds, since a Redis that has lost everything has lost it
 * too. Where it is there already, asking changes nothing. @returns what ends the asking
 */
function keepScheduled(queue: Queue, everyMs: number, complain: (error: Error) => void): () => void {
  const kept = { removeOnComplete: true, removeOnFail: 100 };
  let isAsking = false;
  const ask = async () => {
    // Without Redis the question before this one still waits for it.
    if (isAsking) return;
    isAsking = true;
    await queue.upsertJobScheduler(QUEUE, { every: everyMs }, { name: QUEUE, opts: kept }).catch(complain);
    isAsking = false;
  };
  const timer = setInterval(() => void ask(), everyMs);
  void ask();
  return () => clearInterval(timer);
}
