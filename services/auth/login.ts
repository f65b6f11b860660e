import type { Transaction } from '../../shared/database.ts';
import { foldNickname, identifierOf } from './identifiers.ts';
import type { AuthOptions } from './options.ts';
import { hashPassword, needsRehash, verifyPassword } from './password.ts';
import type { LoginRequest, SignedIn } from './questions.ts';
import { unauthorized } from './refusals.ts';
import { startSession } from './sessions.ts';
import { type Account, findAccountBy, type IdentifierKind, lockAccount, setPassword } from './tables/accounts.ts';

/**
 * A session for whoever knows the password. Whether there is such an account, whether it has a password, and whether it
 * is blocked shows neither in the answer nor in the time that it takes.
 * @throws Refusal 401
 */
export async function login(options: AuthOptions, request: LoginRequest): Promise<SignedIn> {
  const account = await findNamed(options.database, request.kind, identifierOf(request.kind, request.identifier));
  const hash = account?.passwordHash ?? null;
  const isRight = await verifyPassword(hash, request.password);
  if (!account || hash === null || !isRight || account.status !== 'active') throw unauthorized();
  const rehashed = needsRehash(hash) ? await hashPassword(request.password) : null;
  const answer = await options.database.transaction(async (tx) => {
    // Changed since it was verified: then it is the password no longer.
    if ((await lockAccount(tx, account.id))?.passwordHash !== hash) throw unauthorized();
    if (rehashed !== null) await setPassword(tx, account.id, rehashed);
    return startSession(tx, options, account, { by: 'password', userAgent: request.user_agent });
  });
  options.committed();
  return { ...answer, repeated: false };
}

/**
 * Whose identifier this is. The database finds a nickname under more spellings than a limit counts as one
 * (identifiers.ts): only its own is meant.
 * @param wanted as `identifierOf` spells it
 */
export async function findNamed(tx: Transaction, kind: IdentifierKind, wanted: string): Promise<Account | null> {
  const found = await findAccountBy(tx, kind, wanted);
  return kind === 'nickname' && foldNickname(found?.nickname ?? '') !== wanted ? null : found;
}
