import { foldNickname, identifierOf } from './identifiers.ts';
import type { AuthOptions } from './options.ts';
import { hashPassword, needsRehash, verifyPassword } from './password.ts';
import type { LoginRequest, SignedIn } from './questions.ts';
import { unauthorized } from './refusals.ts';
import { startSession } from './sessions.ts';
import { type Account, findAccountBy, lockAccount, setPassword } from './tables/accounts.ts';

/**
 * A session for whoever knows the password. Whether there is such an account, whether it has a password, and whether it
 * is blocked shows neither in the answer nor in the time that it takes.
 * @throws Refusal 401
 */
export async function login(options: AuthOptions, request: LoginRequest): Promise<SignedIn> {
  const account = await findNamed(options, request);
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

async function findNamed({ database }: AuthOptions, { kind, identifier }: LoginRequest): Promise<Account | null> {
  const wanted = identifierOf(kind, identifier);
  const found = await findAccountBy(database, kind, wanted);
  if (kind !== 'nickname' || !found) return found;
  return foldNickname(found.nickname ?? '') === wanted ? found : null;
}
