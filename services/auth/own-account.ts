import type { Transaction } from '../../shared/database.ts';
import { forbidden, readId } from '../../shared/endpoint.ts';
import { derivedId } from '../../shared/ids.ts';
import type { AuthOptions } from './options.ts';
import { checkPassword, hashPassword, verifyPassword } from './password.ts';
import { tellOfPerson } from './person-events.ts';
import type { ChangePasswordRequest, Done, OwnRequest, SignedIn } from './questions.ts';
import { unauthorized } from './refusals.ts';
import { endNamed, endSessions, startSession } from './sessions.ts';
import { type Account, eraseAccount, findAccount, lockAccount, setPassword } from './tables/accounts.ts';
import { eraseResets, eraseWaysIn } from './tables/erasure.ts';
import { findSession } from './tables/sessions.ts';

/** Ends the session that asks; one that has ended stays so. */
export async function logout(options: AuthOptions, request: OwnRequest): Promise<Done> {
  const { subject, session } = readOwn(request);
  const isDone = await options.database.transaction(async (tx) => {
    await lockAccount(tx, subject);
    if (!(await isOpen(tx, request))) return false;
    await endNamed(tx, options, subject, [session], { reason: 'logout' });
    return true;
  });
  if (isDone) options.committed();
  return { repeated: !isDone };
}

/**
 * A new password for whoever knows the old one; every session ends, and the caller is given a new one.
 * @throws Refusal 400, 401 where the session has ended, 403 where the old password is another or there is none
 */
export async function changePassword(options: AuthOptions, request: ChangePasswordRequest): Promise<SignedIn> {
  const { subject } = readOwn(request);
  checkPassword(request.password);
  const account = await findAccount(options.database, subject);
  const hash = account?.passwordHash ?? null;
  if (!(await verifyPassword(hash, request.old_password))) throw forbidden();
  const next = await hashPassword(request.password);
  const answer = await options.database.transaction(async (tx) => {
    const locked = await lockOwn(tx, request);
    // Changed since it was verified: then the old one is another.
    if (locked.passwordHash !== hash) throw forbidden();
    await setPassword(tx, subject, next);
    await eraseResets(tx, subject);
    await endSessions(tx, options, subject, { reason: 'password' });
    return startSession(tx, options, locked, { by: 'password', userAgent: request.user_agent });
  });
  options.committed();
  return { ...answer, repeated: false };
}

/**
 * Deletes the account for good: what it was known by is free again. Repeated, it changes nothing.
 * @throws Refusal 401 where there is no such account, or the session has ended
 */
export async function deleteAccount(options: AuthOptions, request: OwnRequest): Promise<Done> {
  const { subject } = readOwn(request);
  const isDone = await options.database.transaction(async (tx) => {
    if ((await lockAccount(tx, subject))?.status === 'deleted') return false;
    await lockOwn(tx, request);
    const now = options.clock.now();
    await endSessions(tx, options, subject, { reason: 'deleted' });
    await eraseAccount(tx, subject);
    await eraseWaysIn(tx, subject);
    await tellOfPerson(tx, { id: derivedId(subject, 'UserDeleted'), name: 'UserDeleted', uuid: subject, now });
    return true;
  });
  if (isDone) options.committed();
  return { repeated: !isDone };
}

/** The caller's account, locked. @throws Refusal 401 where their token's session holds no more */
async function lockOwn(tx: Transaction, request: OwnRequest): Promise<Account> {
  const account = await lockAccount(tx, request.subject);
  if (account?.status !== 'active' || !(await isOpen(tx, request))) throw unauthorized();
  return account;
}

async function isOpen(tx: Transaction, { subject, session }: OwnRequest): Promise<boolean> {
  const found = await findSession(tx, session);
  return found?.accountId === subject && found.endedAt === null;
}

function readOwn({ subject, session }: OwnRequest): OwnRequest {
  return { subject: readId('/subject', subject), session: readId('/session', session) };
}
