import { sleep } from '../../shared/clock.ts';
import { errorText } from '../../shared/errors.ts';
import type { RpcService } from '../../shared/rpc.ts';
import type { ServiceOptions } from '../../shared/service.ts';
import { oauthAnswers } from './oauth-login.ts';
import type { AuthOptions } from './options.ts';
import { startResetJobs } from './reset-jobs.ts';
import { resetAnswers } from './reset-requests.ts';
import { purgeStates } from './tables/oauth-states.ts';
import { purgeResets } from './tables/resets.ts';
import type { WaysInQuestions } from './ways-in-questions.ts';

/** Answers all questions about ways in beside the password; part of this context's answers. */
export function waysInAnswers(options: AuthOptions): RpcService['answers'] & WaysInQuestions {
  return { ...oauthAnswers(options), ...resetAnswers(options) };
}

const PURGE_EVERY_MS = 600_000;
/** More than come within ten minutes on any site; what is beyond waits for the next round. */
const PURGE_ROWS = 10_000;

/**
 * What is done by itself: mails for new passwords, and the removal of what nobody came back with. Processes may do it at
 * once.
 */
export function startWaysInJobs(options: ServiceOptions, redisUrl: string): { close(): Promise<void> } {
  const resets = startResetJobs({ ...options, redisUrl });
  const stopping = new AbortController();
  const purging = (async () => {
    while (!stopping.signal.aborted) {
      await purge(options).catch((error: unknown) =>
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

/** Removes logins by a provider that were never ended, and tokens for new passwords that ran out. */
async function purge({ database, clock }: Pick<ServiceOptions, 'database' | 'clock'>): Promise<void> {
  await purgeStates(database, clock.now(), PURGE_ROWS);
  await purgeResets(database, clock.now(), PURGE_ROWS);
}
