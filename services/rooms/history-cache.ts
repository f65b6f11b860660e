import { randomUUID } from 'node:crypto';
import { errorText } from '../../shared/errors.ts';
import type { AfterIo } from '../../shared/listener.ts';
import { counter } from '../../shared/metrics.ts';
import type { Redis } from '../../shared/redis.ts';
import type { PlacedEvent } from './room-event.ts';

/**
 * A room's recent events in Redis, guarded by a random token. A reader takes the token before it reads the database and
 * stores what it read only while the token stands; a writer changes the token after its commit. So what was read before
 * a commit never outlives it. The token is no counter: after a loss of Redis a counter would meet its old values again.
 */
export interface CachedHistory {
  /** Public events, newest first. */
  readonly events: readonly PlacedEvent[];
  /** Who has private events as well; null: too many to say. */
  readonly readers: readonly string[] | null;
}

export type Lookup =
  | { readonly kind: 'hit'; readonly history: CachedHistory }
  /** `token` is to be given back with what was read. */
  | { readonly kind: 'miss'; readonly token: string };

/** The backstop where a writer died, or could not reach Redis, before it changed the token. */
const ENTRY_TTL_S = 30;
const TOKEN_TTL_S = 3_600;

const STORE = `if redis.call('GET', KEYS[2]) == ARGV[1] then
  redis.call('SET', KEYS[1], ARGV[2], 'EX', ${ENTRY_TTL_S}) return 1 end return 0`;
const FORGET = `redis.call('SET', KEYS[2], ARGV[1], 'EX', ${TOKEN_TTL_S}) return redis.call('DEL', KEYS[1])`;

const failures = counter(
  'rostra_history_invalidations_failed_total',
  'Saved events whose room may show an old history for up to 30 s, since Redis was out of reach',
);

/** Both keys of a room lie in one slot of a Redis cluster. */
function keysOf(namespace: string, ownerId: string): [entry: string, token: string] {
  return [`${namespace}history:{${ownerId}}`, `${namespace}history:{${ownerId}}:token`];
}

/** @throws where Redis is out of reach */
export async function lookUpHistory(redis: Redis, namespace: string, ownerId: string): Promise<Lookup> {
  const [entryKey, tokenKey] = keysOf(namespace, ownerId);
  const [entry, token] = await redis.mget(entryKey, tokenKey);
  if (entry) return { kind: 'hit', history: JSON.parse(entry) as CachedHistory };
  if (token) return { kind: 'miss', token };
  const fresh = randomUUID();
  const isSet = await redis.set(tokenKey, fresh, 'EX', TOKEN_TTL_S, 'NX');
  return { kind: 'miss', token: isSet ? fresh : ((await redis.get(tokenKey)) ?? fresh) };
}

/** Stores what was read under a token that still stands. @throws where Redis is out of reach */
export async function storeHistory(
  redis: Redis,
  namespace: string,
  ownerId: string,
  token: string,
  history: CachedHistory,
): Promise<void> {
  await redis.eval(STORE, 2, ...keysOf(namespace, ownerId), token, JSON.stringify(history));
}

/**
 * To be called after a commit that gave rooms new events. Without Redis the saving goes on: readers are without it too,
 * and an entry that a reader could still meet ends by itself.
 */
export async function forgetHistories(io: AfterIo, ownerIds: readonly string[]): Promise<void> {
  const forget = (ownerId: string) =>
    io.redis.eval(FORGET, 2, ...keysOf(io.namespace, ownerId), randomUUID()).catch((error: unknown) => {
      failures.inc();
      io.log.warn({ reason: errorText(error) }, 'a cached history could not be dropped');
    });
  await Promise.all([...new Set(ownerIds)].map(forget));
}
