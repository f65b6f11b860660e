import { Worker } from 'bullmq';
import { sleep } from '../../shared/clock.ts';
import { errorText } from '../../shared/errors.ts';
import { randomView } from '../../shared/random.ts';
import type { ServiceOptions } from '../../shared/service.ts';
import { createMailer, type Mailer } from './mail.ts';
import { RESET_LIFETIME_MINUTES, resetMail } from './reset.ts';
import { jobsPrefix, RESET_QUEUE, type ResetWish } from './reset-queue.ts';
import { findAccount } from './tables/accounts.ts';
import { putReset } from './tables/resets.ts';

const TOKEN_BYTES = 32;
/** Mails on their way at once: a slow server holds up as many. */
const AT_ONCE = 5;
/** How long a mail waits for its next try, by how often it was tried; the last one stands for all that follow. */
const BACKOFF_MS = [5_000, 60_000, 600_000] as const;
const COMPLAINTS_MS = 3_600_000;
const CLOSE_LIMIT_MS = 2_000;

export interface ResetJobsOptions extends Pick<ServiceOptions, 'database' | 'clock' | 'log' | 'namespace' | 'waysIn'> {
  readonly redisUrl: string;
  /** Default 5 s, 1 min, 10 min. */
  readonly backoffMs?: readonly number[];
}

/**
 * Takes up wishes for new passwords: a token, kept as its hash, and a mail with the token itself. Each try has a token of
 * its own. Processes share the work; without Redis it waits.
 */
export function startResetJobs(options: ResetJobsOptions): { close(): Promise<void> } {
  const { redisUrl, namespace, log, waysIn, backoffMs = BACKOFF_MS } = options;
  const mailer = waysIn?.smtpUrl ? createMailer(waysIn.smtpUrl, waysIn.mailFrom) : null;
  const complain = seldom(COMPLAINTS_MS, (why: string) => log.warn(why));
  const worker = new Worker<ResetWish>(RESET_QUEUE, ({ data }) => sendReset(options, mailer, data.account, complain), {
    connection: { url: redisUrl, maxRetriesPerRequest: null },
    prefix: jobsPrefix(namespace),
    concurrency: AT_ONCE,
    settings: { backoffStrategy: (tries) => backoffMs[Math.min(tries, backoffMs.length) - 1] ?? 0 },
  });
  let isAway = false;
  worker.on('ready', () => (isAway = false));
  worker.on('error', (error) => {
    if (!isAway) log.warn({ reason: errorText(error) }, 'mails for new passwords wait for Redis');
    isAway = true;
  });
  worker.on('failed', (job, error) =>
    log.warn({ job: job?.id, tries: job?.attemptsMade, reason: errorText(error) }, 'a mail for a new password failed'),
  );
  return {
    async close() {
      const closed = new AbortController();
      const closing = worker.close().finally(() => closed.abort());
      await Promise.race([closing, sleep(CLOSE_LIMIT_MS, closed.signal)]);
      mailer?.close();
    },
  };
}

/** @throws Error where the mail was not taken: the queue tries again */
async function sendReset(
  { database, clock, waysIn }: ResetJobsOptions,
  mailer: Mailer | null,
  accountId: string | null,
  complain: (why: string) => void,
): Promise<void> {
  const account = accountId === null ? null : await findAccount(database, accountId);
  if (account?.status !== 'active') return;
  if (!mailer) return complain('somebody wants a new password, but SMTP_URL is not set');
  if (account.email === null) return complain('somebody without an email address wants a new password');
  const token = randomView(TOKEN_BYTES).toString('base64url');
  const expiresAt = new Date(clock.now().getTime() + RESET_LIFETIME_MINUTES * 60_000);
  await putReset(database, account.id, token, expiresAt);
  await mailer.send(resetMail(account.email, token, waysIn?.publicUrl ?? null));
}

/** Says each thing at most once in so many milliseconds, however often it is true. */
function seldom(everyMs: number, say: (what: string) => void): (what: string) => void {
  const saidAtMs = new Map<string, number>();
  return (what) => {
    if (performance.now() - (saidAtMs.get(what) ?? -Infinity) < everyMs) return;
    saidAtMs.set(what, performance.now());
    say(what);
  };
}
