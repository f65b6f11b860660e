import { randomUUID } from 'node:crypto';
import { encodeControl, type Revocation } from '../../shared/control.ts';
import type { Transaction } from '../../shared/database.ts';
import { noteEnded } from '../../shared/ended-sessions.ts';
import { encodeEvent } from '../../shared/event.ts';
import { derivedId, freshId } from '../../shared/ids.ts';
import { insertOutbox } from '../../shared/outbox.ts';
import { ACCESS_TOKEN_S } from '../../shared/own-tokens.ts';
import { signAccessToken } from './access-token.ts';
import type { AuthOptions } from './options.ts';
import { freshRefreshToken, REFRESH_TOKEN_MS, refreshTokenHash } from './refresh-token.ts';
import { unauthorized } from './refusals.ts';
import { type Account, lockAccount } from './tables/accounts.ts';
import { insertRefreshToken } from './tables/refresh-tokens.ts';
import { insertSession, listOpenSessions, markEnded } from './tables/sessions.ts';

/** A login that asks for one more ends the oldest. */
const MAXIMUM_SESSIONS = 50;

/** What somebody who has shown who they are is given. `expires_in`: of the access token, s. */
export interface Signed {
  readonly uuid: string;
  readonly token: string;
  readonly refresh_token: string;
  readonly expires_in: number;
}

/**
 * Begins a session, in the caller's transaction, and puts UserLoggedIn into the outbox; after the commit the caller says
 * `options.committed()`.
 * @param account who it is for; read anew, under the lock of its row
 * @param how by: "password", or "oauth:" and the provider
 * @throws Refusal 401 where the account is blocked or deleted
 */
export async function startSession(
  tx: Transaction,
  options: AuthOptions,
  account: Pick<Account, 'id'>,
  how: { readonly by: string; readonly userAgent: string },
): Promise<Signed> {
  const person = await lockAccount(tx, account.id);
  if (person?.status !== 'active') throw unauthorized();
  const now = options.clock.now();
  const open = await listOpenSessions(tx, person.id, now);
  const surplus = open.slice(0, Math.max(0, open.length - MAXIMUM_SESSIONS + 1));
  await endNamed(tx, options, person.id, surplus, { reason: 'surplus' });

  // Nobody may guess it from the time of the login: it stands in every token.
  const session = randomUUID();
  const expiresAt = new Date(now.getTime() + REFRESH_TOKEN_MS);
  await insertSession(tx, { id: session, accountId: person.id, ...how, createdAt: now, expiresAt });
  const refreshToken = freshRefreshToken();
  await insertRefreshToken(tx, { hash: hashOf(refreshToken), sessionId: session, expiresAt });

  const id = derivedId(session, 'UserLoggedIn');
  const payload = { uuid: person.id, session, by: how.by, created_at: now.toISOString() };
  const record = encodeEvent({ id, name: 'UserLoggedIn', payload, source: 'rostra/auth', time: now });
  await insertOutbox(tx, [{ eventId: id, record }]);
  return signed(tx, options, person, { session, refreshToken });
}

/** The answer to whoever has a session: a fresh access token beside the refresh token. */
export async function signed(
  tx: Transaction,
  { keys, clock }: AuthOptions,
  account: Account,
  { session, refreshToken }: { readonly session: string; readonly refreshToken: string },
): Promise<Signed> {
  const token = signAccessToken(await keys.current(tx), account, session, clock.now());
  return { uuid: account.id, token, refresh_token: refreshToken, expires_in: ACCESS_TOKEN_S };
}

function hashOf(token: string): Buffer {
  return refreshTokenHash(token) as Buffer;
}

/** Why sessions end, and what the gateways are told; TokenRevoked unless given. */
export interface Ending {
  /** At most 32 characters of ASCII. */
  readonly reason: string;
  readonly type?: Revocation['type'];
}

/** Ends every open session of a person, in the caller's transaction, and tells the gateways. */
export async function endSessions(
  tx: Transaction,
  options: AuthOptions,
  accountId: string,
  ending: Ending,
): Promise<void> {
  // Under the account's lock nobody starts another one meanwhile.
  await lockAccount(tx, accountId);
  await endNamed(tx, options, accountId, await listOpenSessions(tx, accountId, options.clock.now()), ending);
}

/**
 * Ends these sessions of a person, and tells the gateways. The note in Redis is made before the commit: whoever is told
 * that a session has ended can rely on it, and one that was noted and is not ended after all is refused only while this
 * service is away.
 */
export async function endNamed(
  tx: Transaction,
  { clock, redis, namespace }: AuthOptions,
  accountId: string,
  sessions: readonly string[],
  { reason, type = 'TokenRevoked' }: Ending,
): Promise<void> {
  if (sessions.length === 0) return;
  await markEnded(tx, sessions, reason, clock.now());
  await noteEnded(redis, namespace, sessions);
  const id = freshId();
  await insertOutbox(tx, [{ eventId: id, record: encodeControl(id, { type, subject: accountId, sessions }) }]);
}
