import type { Transaction } from '../../shared/database.ts';
import type { AuthOptions } from './options.ts';
import type { SignedIn } from './questions.ts';
import { freshSalt, REFRESH_TOKEN_MS, refreshTokenHash, successorOf } from './refresh-token.ts';
import { unauthorized } from './refusals.ts';
import { endNamed, type Signed, signed } from './sessions.ts';
import { findAccount } from './tables/accounts.ts';
import { findRefreshToken, insertRefreshToken, markUsed, type RefreshToken } from './tables/refresh-tokens.ts';
import { lockSession, prolongSession, type Session } from './tables/sessions.ts';

/** Within this time of its use a token gets its successor again: two tabs at once, or an answer that was lost. */
const GRACE_MS = 10_000;

/**
 * - rotate: it is the current one, and now its successor is
 * - again: used just now; the same successor is made again from the salt
 * - reuse: used before, so that two hold what only one was given: the session ends
 * - refuse: unknown, run out, or of a session that has ended
 */
export type RefreshDecision =
  { readonly kind: 'rotate' | 'reuse' | 'refuse' } | { readonly kind: 'again'; readonly salt: Buffer };

export function decideRefresh(
  token: Pick<RefreshToken, 'usedAgoMs' | 'salt' | 'expiresAt'> | null,
  session: Pick<Session, 'endedAt'> | null,
  now: Date,
): RefreshDecision {
  if (!token || !session || session.endedAt !== null) return { kind: 'refuse' };
  if (Date.parse(token.expiresAt) <= now.getTime()) return { kind: 'refuse' };
  if (token.usedAgoMs === null || token.salt === null) return { kind: 'rotate' };
  return token.usedAgoMs < GRACE_MS ? { kind: 'again', salt: token.salt } : { kind: 'reuse' };
}

/**
 * A refresh token for its successor and a fresh access token.
 * @throws Refusal 401 for one that is none, any more or at all; a reused one has ended its session by then
 */
export async function refresh(options: AuthOptions, request: { readonly refresh_token: string }): Promise<SignedIn> {
  const { refresh_token: token } = request;
  const hash = refreshTokenHash(token);
  if (!hash) throw unauthorized();
  const outcome = await options.database.transaction((tx) => refreshIn(tx, options, token, hash));
  if (outcome === 'reuse') {
    options.committed();
    options.log.warn('a refresh token was used again; its session has ended');
  }
  if (typeof outcome === 'string') throw unauthorized();
  return { ...outcome, repeated: false };
}

async function refreshIn(
  tx: Transaction,
  options: AuthOptions,
  token: string,
  hash: Buffer,
): Promise<Signed | 'reuse' | 'refuse'> {
  const seen = await findRefreshToken(tx, hash);
  const session = seen && (await lockSession(tx, seen.sessionId));
  // Read again under the lock: of two that come at once, the second finds it used.
  const decision = decideRefresh(session && (await findRefreshToken(tx, hash)), session, options.clock.now());
  if (!session || decision.kind === 'refuse') return 'refuse';
  if (decision.kind === 'reuse') {
    await endNamed(tx, options, session.accountId, [session.id], { reason: 'reuse' });
    return 'reuse';
  }
  const account = await findAccount(tx, session.accountId);
  if (account?.status !== 'active') return 'refuse';
  const refreshToken =
    decision.kind === 'again'
      ? successorOf(token, decision.salt)
      : await rotate(tx, { token, hash, session: session.id }, options.clock.now());
  return signed(tx, options, account, { session: session.id, refreshToken });
}

async function rotate(
  tx: Transaction,
  { token, hash, session }: { readonly token: string; readonly hash: Buffer; readonly session: string },
  now: Date,
): Promise<string> {
  const salt = freshSalt();
  const successor = successorOf(token, salt);
  const expiresAt = new Date(now.getTime() + REFRESH_TOKEN_MS);
  await markUsed(tx, hash, salt);
  await insertRefreshToken(tx, { hash: refreshTokenHash(successor) as Buffer, sessionId: session, expiresAt });
  await prolongSession(tx, session, expiresAt);
  return successor;
}
