import { isObject, parseObject, string, type Json } from './frames.ts';

/** What a signed-in person's session is, and when it is renewed; without clock, storage or network. */

/** Of a person who has signed in here, as the browser keeps it. Times are ms since 1970, by this machine's clock. */
export interface Session {
  uuid: string;
  token: string;
  refreshToken: string;
  obtainedAt: number;
  expiresAt: number;
}

/** So long before its end a token is renewed … */
const LEAD_MS = 60_000;
/** … and one that lives less than twice as long, halfway through. */
const LEAD_SHARE = 0.5;
/** A token that was refused so soon after it was given is refused again: asking for the next would never end. */
const YOUNG_MS = 10_000;

/** What is due: `keep` the token, ask for a `fresh` one, or nothing, as nobody is signed in. */
export type Renewal = 'keep' | 'fresh' | 'nobody';

/**
 * @param refused the token that a server would not take, or null where none was refused
 * @param now ms since 1970
 */
export function decideRenewal(session: Session | null, now: number, refused: string | null = null): Renewal {
  if (!session) return 'nobody';
  // Refused was another: the one that is kept has been renewed since, in another tab perhaps.
  if (refused !== null) return refused !== session.token || isYoung(session, now) ? 'keep' : 'fresh';
  const lifetime = session.expiresAt - session.obtainedAt;
  // Before it was given: the clock has been set back, so what it says of the end is worth nothing.
  if (now < session.obtainedAt) return 'fresh';
  return session.expiresAt - now <= Math.min(LEAD_MS, lifetime * LEAD_SHARE) ? 'fresh' : 'keep';
}

function isYoung(session: Session, now: number): boolean {
  return now >= session.obtainedAt && now - session.obtainedAt < YOUNG_MS;
}

/** Whether a server would still take the token. */
export function isUsable(session: Session, now: number): boolean {
  return now < session.expiresAt;
}

/**
 * What a refused renewal says of the session: it has `ended`, or it is `kept` since the server said nothing of it.
 * @param status 0 where no answer came
 */
export function decideRefused(status: number): 'ended' | 'kept' {
  return status >= 400 && status < 500 && status !== 408 && status !== 429 ? 'ended' : 'kept';
}

/** The answer of register, login, oauth and refresh-token. @returns null where it is none of those */
export function sessionFrom(body: Json, now: number): Session | null {
  const [uuid, token, refreshToken] = [string(body.uuid), string(body.token), string(body.refresh_token)];
  const seconds = body.expires_in;
  if (!uuid || !token || !refreshToken || typeof seconds !== 'number' || !(seconds > 0)) return null;
  return { uuid, token, refreshToken, obtainedAt: now, expiresAt: now + seconds * 1_000 };
}

/** What the storage holds, or null where it is nothing that we wrote. */
export function readSession(text: string | null): Session | null {
  const json = parseObject(text ?? '');
  if (!isObject(json)) return null;
  const { uuid, token, refreshToken, obtainedAt, expiresAt } = json;
  if (typeof obtainedAt !== 'number' || typeof expiresAt !== 'number') return null;
  const texts = { uuid: string(uuid), token: string(token), refreshToken: string(refreshToken) };
  return Object.values(texts).every(Boolean) ? { ...texts, obtainedAt, expiresAt } : null;
}
