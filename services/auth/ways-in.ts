import { sleep } from '../../shared/clock.ts';
import { errorText } from '../../shared/errors.ts';
import type { RpcService } from '../../shared/rpc.ts';
import type { ServiceOptions } from '../../shared/service.ts';
import { purgeInBatches, purgeLimits } from './batches.ts';
import { oauthAnswers } from './oauth-login.ts';
import type { AuthOptions } from './options.ts';
import { MAIL_LIMIT_MS } from './reset.ts';
import { startResetJobs } from './reset-jobs.ts';
import { resetAnswers } from './reset-requests.ts';
import { purgeStates } from './tables/oauth-states.ts';
import { purgeMails, purgeResets } from './tables/resets.ts';
import type { WaysInQuestions } from './ways-in-questions.ts';

/** Answers all questions about ways in beside the password; part of this context's answers. */
export function waysInAnswers(options: AuthOptions): RpcService['answers'] & WaysInQuestions {
  return { ...oauthAnswers(options), ...resetAnswers(options) };
}

const PURGE_EVERY_MS = 600_000;

/**
 * What is done by itself: mails for new passwords, and the removal of what nobody came back with. Processes may do it at
 * once.
 */
export function startWaysInJobs(options: ServiceOptions, redisUrl: string): { close(): Promise<void> } {
  const resets = startResetJobs({ ...options, redisUrl });
  const stopping = new AbortController();
  const purging = (async () => {
    while (!stopping.signal.aborted) {
      await purgeWaysIn(options, { ...purgeLimits, signal: stopping.signal }).catch((error: unknown) =>
        options.log.warn({ reason: errorText(error) }, 'what has run out was not purged'),
      );
      await sleep(PURGE_EVERY_MS, stopping.signal);
    }
  })();
  return {
    async close() {
      stopping.abort();
      await Promise.all([resets.close(), purging]);
    },
  };
}

/** Removes logins by a provider that were never ended, tokens for new passwords that ran out, and mails long sent. */
export async function purgeWaysIn(
  { database, clock }: Pick<ServiceOptions, 'database' | 'clock'>,
  limits = purgeLimits,
): Promise<void> {
  const now = clock.now();
  const longSent = new Date(now.getTime() - MAIL_LIMIT_MS);
  await purgeInBatches(limits, (rows) => purgeStates(database, now, rows));
  await purgeInBatches(limits, (rows) => purgeResets(database, now, rows));
  await purgeInBatches(limits, (rows) => purgeMails(database, longSent, rows));
}
