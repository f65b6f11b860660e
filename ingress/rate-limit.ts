import { hash } from 'node:crypto';
import type { LimitName } from '../shared/endpoint.ts';
import { errorText } from '../shared/errors.ts';
import type { Logger } from '../shared/logger.ts';
import { counter } from '../shared/metrics.ts';
import type { Redis } from '../shared/redis.ts';
import { createInsurance } from './insurance.ts';

/**
 * The gate before every effect: is this call within its caller's limit, and is its key new, repeated, or taken by
 * another body? One question to Redis answers both for all instances of the ingress at once.
 */
export interface Limit {
  readonly calls: number;
  readonly windowMs: number;
}

/** null = off. */
export type Limits = Readonly<Record<LimitName, Limit | null>>;

/** One question at the gate. */
export interface Ask {
  /** Whose limit: a person's uuid, or an address. */
  readonly who: string;
  readonly limit: LimitName;
  /** An intention to claim: the same id and fingerprint again is a repeat, and counts against `requests` only. */
  readonly claim: { readonly id: string; readonly fingerprint: string } | null;
}

export type Verdict = 'fresh' | 'repeat' | 'reused' | 'limited';

export interface Passage {
  readonly verdict: Verdict;
  /** Where the caller stands with the limit that counted; null where it is off. */
  readonly standing: { readonly calls: number; readonly remaining: number; readonly resetMs: number } | null;
}

export interface Gate {
  /** Never throws and never waits long: without Redis this process counts by itself. */
  pass(ask: Ask): Promise<Passage>;
  /** Gives a fresh claim back: what was claimed has been refused, and had no effect. */
  release(claim: { readonly id: string; readonly fingerprint: string }): Promise<void>;
}

/** A key's body is held against another for this long; later the first body stands, by the event's own id. */
export const CLAIM_TTL_S = 86_400;
const DEADLINE_MS = 100;
/** After a failure Redis is left alone for this long, so that its absence costs one deadline a second, not one a call. */
const REST_MS = 1_000;

/**
 * KEYS: claim, the call's window, the window of requests. ARGV: fingerprint ("" = no claim), its TTL in s, then calls and
 * milliseconds of both windows (0 calls = off). A window is the list of the times at which calls were let in, newest
 * first and never longer than the limit: no window of that length ever holds more calls than it allows. The time is
 * Redis's own, one for all instances. Answers {verdict, remaining, reset in ms}.
 */
const GATE_SCRIPT = `
local verdict, window, calls, ms = 0, KEYS[2], tonumber(ARGV[3]), tonumber(ARGV[4])
if ARGV[1] ~= '' then
  local known = redis.call('GET', KEYS[1])
  if known then
    verdict = known == ARGV[1] and 1 or 2
    window, calls, ms = KEYS[3], tonumber(ARGV[5]), tonumber(ARGV[6])
  end
end
local remaining, reset = -1, 0
if calls > 0 then
  local time = redis.call('TIME')
  local now = time[1] * 1000 + math.floor(time[2] / 1000)
  local oldest = redis.call('LINDEX', window, -1)
  while oldest and tonumber(oldest) <= now - ms do
    redis.call('RPOP', window)
    oldest = redis.call('LINDEX', window, -1)
  end
  local used = redis.call('LLEN', window)
  if used >= calls then return {3, 0, tonumber(oldest) + ms - now} end
  redis.call('LPUSH', window, now)
  redis.call('PEXPIRE', window, ms)
  remaining = calls - used - 1
  reset = (tonumber(oldest or now)) + ms - now
end
if verdict == 0 and ARGV[1] ~= '' then redis.call('SET', KEYS[1], ARGV[1], 'EX', ARGV[2]) end
return {verdict, remaining, reset}
`;

const RELEASE_SCRIPT = `if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end return 0`;

const VERDICTS: readonly Verdict[] = ['fresh', 'repeat', 'reused', 'limited'];

const withoutRedis = counter('rostra_gate_without_redis_total', 'Calls that were limited by this process alone');

export interface GateOptions {
  readonly redis: Redis;
  readonly namespace: string;
  readonly limits: Limits;
  readonly log: Logger;
  readonly now: () => number;
}

export function createGate({ redis, namespace, limits, log, now }: GateOptions): Gate {
  const insurance = createInsurance(limits, now);
  let restsUntilMs = 0;
  /** Redis's answer; null where it gave none in time. */
  const attempt = async <T>(ask: () => Promise<T>): Promise<T | null> => {
    if (now() < restsUntilMs) return null;
    try {
      return await withinDeadline(ask());
    } catch (error) {
      restsUntilMs = now() + REST_MS;
      log.warn({ reason: errorText(error) }, 'limits and keys are kept by this process alone for a moment');
      return null;
    }
  };
  return {
    async pass(ask) {
      const own = limits[ask.limit];
      if (!ask.claim && !own) return { verdict: 'fresh', standing: null };
      const [keys, values] = scriptArguments(namespace, limits, ask);
      const answer = await attempt(() => evaluate(redis, GATE_SCRIPT, keys, values));
      if (!answer) withoutRedis.inc();
      return answer ? toPassage(answer as [number, number, number], ask, limits) : insurance.pass(ask);
    },
    async release(claim) {
      await insurance.release(claim);
      await attempt(() => evaluate(redis, RELEASE_SCRIPT, [claimKey(namespace, claim.id)], [claim.fingerprint]));
    },
  };
}

const claimKey = (namespace: string, id: string) => `${namespace}idem:${id}`;
const windowKey = (namespace: string, limit: LimitName, who: string) => `${namespace}limit:${limit}:${who}`;

function scriptArguments(namespace: string, limits: Limits, { who, limit, claim }: Ask): [string[], string[]] {
  const [own, requests] = [limits[limit], limits.requests];
  return [
    [claimKey(namespace, claim?.id ?? ''), windowKey(namespace, limit, who), windowKey(namespace, 'requests', who)],
    [
      claim?.fingerprint ?? '',
      CLAIM_TTL_S,
      own?.calls ?? 0,
      own?.windowMs ?? 0,
      requests?.calls ?? 0,
      requests?.windowMs ?? 0,
    ].map(String),
  ];
}

function toPassage([code, remaining, resetMs]: [number, number, number], ask: Ask, limits: Limits): Passage {
  const verdict = VERDICTS[code] ?? 'fresh';
  const counted = verdict === 'repeat' || verdict === 'reused' ? limits.requests : limits[ask.limit];
  const standing = counted && remaining >= 0 ? { calls: counted.calls, remaining, resetMs } : null;
  return { verdict, standing };
}

/** By its hash, and whole where the server doesn't know it (any more). */
export async function evaluate(redis: Redis, script: string, keys: string[], values: string[]): Promise<unknown> {
  try {
    return await redis.evalsha(sha1(script), keys.length, ...keys, ...values);
  } catch (error) {
    if (!errorText(error).startsWith('NOSCRIPT')) throw error;
    return redis.eval(script, keys.length, ...keys, ...values);
  }
}

const hashes = new Map<string, string>();

function sha1(script: string): string {
  const known = hashes.get(script) ?? hash('sha1', script);
  hashes.set(script, known);
  return known;
}

async function withinDeadline<T>(work: Promise<T>): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(reject, DEADLINE_MS, new Error(`no answer from Redis in ${DEADLINE_MS} ms`));
  try {
    return await Promise.race([work, promise]);
  } finally {
    clearTimeout(timer);
  }
}
