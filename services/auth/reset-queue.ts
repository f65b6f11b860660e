import { Queue } from 'bullmq';
import { within } from '../../shared/clock.ts';
import { AppError, errorText } from '../../shared/errors.ts';
import type { ServiceOptions } from '../../shared/service.ts';

/** Where wishes for a new password wait for their mail. */
export const RESET_QUEUE = 'password-resets';
/** Tries of one mail; the waits between them are the worker's (reset-jobs.ts). */
const ATTEMPTS = 8;
/** A finished wish is remembered for a day: the same call again sends no second mail. */
const KEPT = { age: 86_400, count: 10_000 };
/** Within the deadline of the question that waits for it. */
const REDIS_MS = 1_500;

export interface ResetWish {
  /** null: nobody has what was named. The wish waits and is taken up like any other. */
  readonly account: string | null;
}

/** The place in Redis of this context's jobs, as the reconciler of the rooms has one of its own. */
export const jobsPrefix = (namespace: string) => `${namespace}jobs`;

export interface ResetQueue {
  /**
   * @param id of the call: the same again adds nothing
   * @returns whether the call was known already
   * @throws AppError retriable without Redis
   */
  add(id: string, wish: ResetWish): Promise<{ repeated: boolean }>;
}

/** Uses the host's own connection, which fails fast while Redis is away, and leaves it open. */
export function resetQueue({ redis, namespace, log }: Pick<ServiceOptions, 'redis' | 'namespace' | 'log'>): ResetQueue {
  const queue = new Queue<ResetWish>(RESET_QUEUE, {
    connection: redis,
    prefix: jobsPrefix(namespace),
    defaultJobOptions: {
      attempts: ATTEMPTS,
      backoff: { type: 'custom' },
      removeOnComplete: KEPT,
      removeOnFail: KEPT,
    },
  });
  queue.on('error', (error) => log.debug({ reason: errorText(error) }, 'wishes for new passwords cannot be queued'));
  const add = async (id: string, wish: ResetWish) => {
    const repeated = (await queue.getJob(id)) !== undefined;
    if (!repeated) await queue.add(RESET_QUEUE, wish, { jobId: id });
    return { repeated };
  };
  return {
    add: (id, wish) =>
      within(REDIS_MS, add(id, wish)).catch((cause: unknown) => {
        throw new AppError('queue-away', 'a wish for a new password could not be queued', { retriable: true, cause });
      }),
  };
}
