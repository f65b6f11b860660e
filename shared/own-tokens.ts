import { createPublicKey, type JsonWebKey } from 'node:crypto';
import { backoffMs } from './clock.ts';
import { AppError, errorText } from './errors.ts';
import type { SiteKey } from './jwt.ts';
import type { Logger } from './logger.ts';
import { rpcClient } from './rpc.ts';

/**
 * What a process must know to check the tokens of this product's own auth service: its public keys, and which sessions
 * were ended before their last access token runs out. Both come in one answer, asked for every few seconds; what is
 * told sooner, by a control record on `ws.out`, is added to it (docs/adr/0013).
 */
export interface OwnTokens {
  /** @throws AppError retriable where the auth service has never answered */
  keyOf(keyId: string): Promise<SiteKey | null>;
  isRevoked(session: string): boolean;
  /** The same, looked up elsewhere too where the auth service's last word is not of these seconds. */
  hasEnded(session: string): Promise<boolean>;
  /** These sessions have ended; told by a control record. */
  revoke(sessions: readonly string[]): void;
  close(): void;
}

/** How long an access token lives, s; the auth service's tokens, and how long an ended session is remembered, follow it. */
export const ACCESS_TOKEN_S = 900;
/** Ended sessions are remembered until no token of theirs can be taken any more, with a minute for clocks that differ. */
export const REVOCATION_MS = (ACCESS_TOKEN_S + 60) * 1_000;

const ASK_EVERY_MS = 5_000;
const FIRST_ANSWER_MS = 250;
/** Without an answer for so long, what has ended since may be unknown here. */
const STALE_MS = 2 * ASK_EVERY_MS;
/** Processes that start together miss each other at first; so often in a row is worth a line. */
const TOLD_AFTER = 20;
/** A key that nobody knows is asked for at once, but not more often than this: made-up ids cause no traffic. */
const REST_MS = 2_000;

/** The question that the auth context answers; its own `service.proto` says the same. */
export interface VerificationQuestion {
  verification(request: object): Promise<Verification>;
}

export interface Verification {
  /** Public keys as JWKs, in JSON. */
  readonly keys: readonly { readonly kid: string; readonly jwk: string }[];
  /** Sessions that ended within REVOCATION_MS. */
  readonly revoked_sessions: readonly string[];
}

export interface OwnTokensOptions {
  readonly ask: () => Promise<Verification>;
  /** Where sessions that have ended are noted beside; looked at only while the auth service does not answer. */
  readonly isNotedEnded?: (session: string) => Promise<boolean>;
  readonly log: Logger;
  readonly now?: () => number;
}

/** @param address host:port of the auth service's gRPC server */
export function connectOwnTokens(
  address: string,
  isNotedEnded: (session: string) => Promise<boolean>,
  log: Logger,
): OwnTokens {
  const client = rpcClient<VerificationQuestion>(new URL('../services/auth/service.proto', import.meta.url), address);
  const own = followOwnTokens({ ask: () => client.verification({}), isNotedEnded, log });
  return { ...own, close: () => (own.close(), client.close()) };
}

export function followOwnTokens({ ask, isNotedEnded, log, now = Date.now }: OwnTokensOptions): OwnTokens {
  const { revoke, isRevoked } = rememberEnded(now);
  let keys: ReadonlyMap<string, SiteKey> | null = null;
  let [askedAtMs, answeredAtMs] = [-Infinity, -Infinity];
  let failures = 0;
  let asking: Promise<void> | null = null;
  let timer: NodeJS.Timeout | undefined;
  let isClosed = false;

  const refresh = async () => {
    askedAtMs = now();
    try {
      const verification = await ask();
      keys = new Map(verification.keys.map(({ kid, jwk }) => [kid, toKey(jwk)]));
      revoke(verification.revoked_sessions);
      [answeredAtMs, failures] = [askedAtMs, 0];
    } catch (error) {
      // What is known serves on: tokens are checked while the auth service is away.
      if (++failures === TOLD_AFTER)
        log.warn({ reason: errorText(error) }, 'the auth service does not say which tokens hold');
    }
  };
  // Until the first answer nobody with a token of ours can be let in: that one is asked for again and again.
  const pauseMs = () => {
    if (!keys) return FIRST_ANSWER_MS;
    return failures > 0 ? FIRST_ANSWER_MS + backoffMs(failures, FIRST_ANSWER_MS, ASK_EVERY_MS) : ASK_EVERY_MS;
  };
  const refreshOnce = () => (asking ??= refresh().finally(() => (asking = null)));
  const follow = () => {
    void refreshOnce().then(() => {
      if (isClosed) return;
      timer = setTimeout(follow, pauseMs());
      timer.unref();
    });
  };
  follow();
  return {
    async keyOf(keyId) {
      // One question at most is waited for: while none is answered, made-up ids must not hold anybody up for two.
      const mayAsk = keys === null || asking !== null || now() - askedAtMs > REST_MS;
      if (!keys?.has(keyId) && mayAsk) await refreshOnce();
      if (!keys) throw new AppError('no-own-keys', 'the auth service has not told its keys yet', { retriable: true });
      return keys.get(keyId) ?? null;
    },
    isRevoked,
    async hasEnded(session) {
      if (isRevoked(session)) return true;
      if (now() - answeredAtMs < STALE_MS || !(await isNotedEnded?.(session))) return false;
      revoke([session]);
      return true;
    },
    revoke,
    close() {
      isClosed = true;
      clearTimeout(timer);
    },
  };
}

/** Ended sessions, each for as long as a token of it could be taken, oldest first. */
function rememberEnded(now: () => number): Pick<OwnTokens, 'revoke' | 'isRevoked'> {
  const endsOf = new Map<string, number>();
  return {
    isRevoked: (session) => (endsOf.get(session) ?? 0) > now(),
    revoke(sessions) {
      for (const [session, endsMs] of endsOf) {
        if (endsMs > now()) break;
        endsOf.delete(session);
      }
      for (const session of sessions) if (!endsOf.has(session)) endsOf.set(session, now() + REVOCATION_MS);
    },
  };
}

function toKey(jwk: string): SiteKey {
  return { key: createPublicKey({ key: JSON.parse(jwk) as JsonWebKey, format: 'jwk' }), algorithms: ['ES256'] };
}
