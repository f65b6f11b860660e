import type { Transaction } from '../../shared/database.ts';
import { badParams, keyReused, readId } from '../../shared/endpoint.ts';
import { derivedId } from '../../shared/ids.ts';
import { findNamed } from './login.ts';
import type { AuthOptions } from './options.ts';
import { checkPassword, hashPassword, verifyPassword } from './password.ts';
import { decideConfirm } from './reset.ts';
import { resetQueue } from './reset-queue.ts';
import { endSessions } from './sessions.ts';
import { findAccount, lockAccount, setPassword } from './tables/accounts.ts';
import { findReset, markUsed } from './tables/resets.ts';
import type { ConfirmResetRequest, WaysInQuestions } from './ways-in-questions.ts';

const unknownToken = () => badParams('/token', 'is unknown, used or expired');

/** Answers the questions about passwords that are set anew by mail. */
export function resetAnswers(options: AuthOptions): Pick<WaysInQuestions, 'requestReset' | 'confirmReset'> {
  const queue = resetQueue(options);
  return {
    async requestReset({ call_id, kind, value }) {
      // Nobody is signed in, so everybody's keys meet in one scope: the account that is named keeps them apart.
      const id = derivedId(readId('/call_id', call_id), `${kind}:${value}`);
      const account = await findNamed(options.database, kind, value);
      // A wish for nobody is queued and taken up too: neither the answer nor its time tells who has an account.
      return queue.add(id, { account: account?.id ?? null });
    },
    confirmReset: (request) => confirm(options, request),
  };
}

/** A hash costs much and a look into the table little, so who brings no token is told so first. */
async function confirm(options: AuthOptions, request: ConfirmResetRequest): Promise<{ repeated: boolean }> {
  const { token, password } = request;
  checkPassword(password);
  // The token keeps apart whose keys are alike.
  const requestId = derivedId(readId('/call_id', request.call_id), token);
  const stored = await findReset(options.database, token);
  const accountId = stored?.accountId ?? '';
  switch (decideConfirm(stored, requestId, options.clock.now())) {
    case 'unknown':
      throw unknownToken();
    case 'repeat':
      return repeat(options.database, accountId, password);
    case 'fresh': {
      const hash = await hashPassword(password);
      const confirmation = { accountId, token, requestId, hash };
      const isUsed = await options.database.transaction((tx) => confirmIn(tx, options, confirmation));
      // Another call was faster: what this one is must be looked at again, and fresh it is no more.
      if (!isUsed) return confirm(options, request);
      options.committed();
      return { repeated: false };
    }
  }
}

interface Confirmation {
  readonly accountId: string;
  readonly token: string;
  readonly requestId: string;
  readonly hash: string;
}

async function confirmIn(
  tx: Transaction,
  options: AuthOptions,
  { accountId, token, requestId, hash }: Confirmation,
): Promise<boolean> {
  const now = options.clock.now();
  // Of calls that bring one token, or two of one account, the second finds its token used or gone.
  const account = await lockAccount(tx, accountId);
  if (decideConfirm(await findReset(tx, token), requestId, now) !== 'fresh') return false;
  if (account?.status !== 'active') throw unknownToken();
  await setPassword(tx, account.id, hash, { isEmailVerified: true });
  await endSessions(tx, options, account.id, { reason: 'password reset' });
  await markUsed(tx, account.id, token, requestId);
  return true;
}

/** Nothing is kept of what was said but the password's own hash: another password under the key does not fit it. */
async function repeat(tx: Transaction, accountId: string, password: string): Promise<{ repeated: boolean }> {
  const account = await findAccount(tx, accountId);
  if (!(await verifyPassword(account?.passwordHash ?? null, password))) throw keyReused();
  return { repeated: true };
}
