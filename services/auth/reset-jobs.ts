import { type Job, Worker } from 'bullmq';
import { sleep } from '../../shared/clock.ts';
import type { Transaction } from '../../shared/database.ts';
import { errorText } from '../../shared/errors.ts';
import { derivedId } from '../../shared/ids.ts';
import { randomView } from '../../shared/random.ts';
import type { ServiceOptions } from '../../shared/service.ts';
import { createMailer, type Mailer } from './mail.ts';
import { decideMail, MAIL_LIMIT_MS, RESET_LIFETIME_MINUTES, resetMail } from './reset.ts';
import { jobsPrefix, RESET_QUEUE, type ResetWish } from './reset-queue.ts';
import { findAccount, lockAccount } from './tables/accounts.ts';
import { insertReset, listMails, putMail } from './tables/resets.ts';

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
 * Takes up wishes for new passwords: a token, kept as its hash, and a mail with the token itself, unless too many mails
 * went there already. Each try has a token of its own. Processes share the work; without Redis it waits.
 */
export function startResetJobs(options: ResetJobsOptions): { close(): Promise<void> } {
  const { redisUrl, namespace, log, waysIn, backoffMs = BACKOFF_MS } = options;
  const mailer = waysIn?.smtpUrl ? createMailer(waysIn.smtpUrl, waysIn.mailFrom) : null;
  const complain = seldom(COMPLAINTS_MS, (why: string) => log.warn(why));
  const worker = new Worker<ResetWish>(RESET_QUEUE, (job) => sendReset(options, mailer, job, complain), {
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
  { database, clock, log, waysIn }: ResetJobsOptions,
  mailer: Mailer | null,
  job: Pick<Job<ResetWish>, 'id' | 'timestamp' | 'data'>,
  complain: (why: string) => void,
): Promise<void> {
  const { account: accountId } = job.data;
  const account = accountId === null ? null : await findAccount(database, accountId);
  if (account?.status !== 'active') return;
  if (!mailer) return complain('somebody wants a new password, but SMTP_URL is not set');
  if (account.email === null) return complain('somebody without an email address wants a new password');
  const token = randomView(TOKEN_BYTES).toString('base64url');
  // The same for every try of a job, and another for one that is added again once the queue has forgotten it.
  const mailId = derivedId(job.id ?? account.id, String(job.timestamp));
  const wanted = { mailId, accountId: account.id, token, now: clock.now() };
  const address = await database.transaction((tx) => issueReset(tx, wanted));
  if (address === null) log.debug({ job: job.id }, 'a mail for a new password was withheld');
  else await mailer.send(resetMail(address, token, waysIn?.publicUrl ?? null));
}

interface WantedMail {
  readonly mailId: string;
  readonly accountId: string;
  readonly token: string;
  readonly now: Date;
}

/** Keeps the token. @returns where to send it; null: nowhere, now */
async function issueReset(tx: Transaction, { mailId, accountId, token, now }: WantedMail): Promise<string | null> {
  // Under its lock, of many mails to one account each counts those before it.
  const account = await lockAccount(tx, accountId);
  if (account?.status !== 'active' || account.email === null) return null;
  const earlier = await listMails(tx, account.email, new Date(now.getTime() - MAIL_LIMIT_MS));
  if (decideMail(earlier, mailId, now) === 'withhold') return null;
  await putMail(tx, account.email, { id: mailId, issuedAt: now });
  await insertReset(tx, accountId, token, new Date(now.getTime() + RESET_LIFETIME_MINUTES * 60_000));
  return account.email;
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
