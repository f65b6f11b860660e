import type { Clock } from '../../shared/clock.ts';
import type { Database } from '../../shared/database.ts';
import { errorText } from '../../shared/errors.ts';
import type { Logger } from '../../shared/logger.ts';
import { purgeRefreshTokens } from './tables/refresh-tokens.ts';
import { purgeSessions } from './tables/sessions.ts';
import { purgeSigningKeys } from './tables/signing-keys.ts';

const EVERY_MS = 3_600_000;
/** What has ended is kept so long for whoever asks when and why. */
const KEPT_MS = 30 * 86_400_000;
/** Rounds of one purge, each of some thousands of rows. */
const MAXIMUM_ROUNDS = 20;

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
  let running: Promise<void> = Promise.resolve();
  const run = () => {
    running = running
      .then(() => purge(database, clock.now()))
      .catch((error: unknown) => log.warn({ reason: errorText(error) }, 'sessions were not purged'));
  };
  const timer = setInterval(run, everyMs);
  run();
  return {
    async close() {
      clearInterval(timer);
      await running;
    },
  };
}

/** Removes refresh tokens that ran out, sessions that ended long ago, and keys that have retired. */
export async function purge(database: Database, now: Date): Promise<void> {
  const longAgo = new Date(now.getTime() - KEPT_MS);
  await purgeSigningKeys(database, now);
  for (let round = 0; round < MAXIMUM_ROUNDS; round++) {
    const removed = (await purgeRefreshTokens(database, now)) + (await purgeSessions(database, longAgo));
    if (removed === 0) return;
  }
}
