import type { Clock } from '../../shared/clock.ts';
import type { Database } from '../../shared/database.ts';
import { errorText } from '../../shared/errors.ts';
import type { Logger } from '../../shared/logger.ts';
import { purgeInBatches, purgeLimits } from './batches.ts';
import { purgeRefreshTokens } from './tables/refresh-tokens.ts';
import { purgeEndedSessions, purgeUnusedSessions } from './tables/sessions.ts';
import { purgeSigningKeys } from './tables/signing-keys.ts';

const EVERY_MS = 3_600_000;
/** What has ended is kept so long for whoever asks when and why. */
const KEPT_MS = 30 * 86_400_000;

export interface AuthJobsOptions {
  readonly database: Database;
  readonly clock: Clock;
  readonly log: Logger;
  /** Between two purges; default one hour. */
  readonly everyMs?: number;
}

/** Purges at the start and once an hour. Two processes may do so at once: a row is removed once. */
export function startAuthJobs({ database, clock, log, everyMs = EVERY_MS }: AuthJobsOptions): {
  close(): Promise<void>;
} {
  const stopping = new AbortController();
  const limits = { ...purgeLimits, signal: stopping.signal };
  let running: Promise<void> = Promise.resolve();
  const run = () => {
    running = running
      .then(() => purge(database, clock.now(), limits))
      .catch((error: unknown) => log.warn({ reason: errorText(error) }, 'sessions were not purged'));
  };
  const timer = setInterval(run, everyMs);
  run();
  return {
    async close() {
      clearInterval(timer);
      stopping.abort();
      await running;
    },
  };
}

/** Removes refresh tokens that ran out, sessions that ended long ago, and keys that have retired. */
export async function purge(database: Database, now: Date, limits = purgeLimits): Promise<void> {
  const longAgo = new Date(now.getTime() - KEPT_MS);
  await purgeSigningKeys(database, now);
  await purgeInBatches(limits, (rows) => purgeRefreshTokens(database, now, rows));
  await purgeInBatches(limits, (rows) => purgeEndedSessions(database, longAgo, rows));
  await purgeInBatches(limits, (rows) => purgeUnusedSessions(database, longAgo, rows));
}
