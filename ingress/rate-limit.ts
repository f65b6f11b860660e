import type { LimitName } from '../shared/endpoint.ts';
import { errorText } from '../shared/errors.ts';
import type { Logger } from '../shared/logger.ts';
import { counter } from '../shared/metrics.ts';
import type { Redis } from '../shared/redis.ts';
import { withinDeadline } from './deadline.ts';
import { CONFIRM_SCRIPT, evaluate, GATE_SCRIPT, RELEASE_SCRIPT } from './gate-scripts.ts';
import { createInsurance } from './insurance.ts';

/**
 * The gate before every effect: is this call within its caller's limit, and is its key new, repeated, or taken by
 * another body? One question to Redis answers both for all instances of the ingress at once.
 */
export interface Limit {
  readonly calls: number;
  readonly windowMs: number;
}

export type CountedLimit = LimitName | 'login-address';

/** null = off. */
export type Limits = Readonly<Record<CountedLimit, Limit | null>>;

/** An intention: the event's id, what the call says, and when it came, ms since 1970. */
export interface Claim {
  readonly id: string;
  readonly fingerprint: string;
  readonly atMs: number;
}

/** One question at the gate. */
export interface Ask {
  /** Whose limit: a person's uuid, or an address. */
  readonly who: string;
  readonly limit: CountedLimit;
  /** An intention to claim: the same id and fingerprint again is a repeat, and counts against `requests` only. */
  readonly claim: Claim | null;
}

export type Verdict = 'fresh' | 'repeat' | 'reused' | 'limited';

export interface Passage {
  readonly verdict: Verdict;
  /** Where the caller stands with the limit that counted; null where it is off. */
  readonly standing: { readonly calls: number; readonly remaining: number; readonly resetMs: number } | null;
  /** Of a repeat, what is known of the first call: when it came, and whether the broker has its event. */
  readonly first: { readonly atMs: number; readonly isConfirmed: boolean } | null;
}

export interface Gate {
  /** Never throws and never waits long: without Redis this process counts by itself. */
  pass(ask: Ask): Promise<Passage>;
  /** Gives a fresh claim back: what was claimed has been refused, and had no effect. A confirmed one stays. */
  release(claim: Claim): Promise<void>;
  /** The broker has the event of this claim, whose time is the first call's. Never throws. */
  confirm(claim: Claim): Promise<void>;
}

/** A key's body is held against another for this long; later the first body stands, by the event's own id. */
export const CLAIM_TTL_S = 86_400;
const DEADLINE_MS = 100;
/** After a failure Redis is left alone for this long, so that its absence costs one deadline a second, not one a call. */
const REST_MS = 1_000;
/** One late answer is no failure: so many deadlines, each begun after the last was missed, are. */
const MISSED_DEADLINES = 3;

const VERDICTS: readonly Verdict[] = ['fresh', 'repeat', 'reused', 'limited'];

const withoutRedis = counter('rostra_gate_without_redis_total', 'Calls that were limited by this process alone');

export interface GateOptions {
  readonly redis: Redis;
  readonly namespace: string;
  readonly limits: Limits;
  readonly log: Logger;
  readonly now: () => number;
}

export function createGate(options: GateOptions): Gate {
  const { redis, namespace, limits, now } = options;
  const insurance = createInsurance(limits, now);
  const attempt = createAttempts(options);
  return {
    async pass(ask) {
      const own = limits[ask.limit];
      if (!ask.claim && !own) return { verdict: 'fresh', standing: null, first: null };
      const [keys, values] = scriptArguments(namespace, limits, ask);
      const answer = await attempt(() => evaluate(redis, GATE_SCRIPT, keys, values));
      if (!answer) {
        withoutRedis.inc();
        return insurance.pass(ask);
      }
      const passage = toPassage(answer as ScriptAnswer, ask, limits);
      insurance.note(ask, passage);
      return passage;
    },
    async release(claim) {
      await insurance.release(claim);
      await attempt(() => evaluate(redis, RELEASE_SCRIPT, [claimKey(namespace, claim.id)], [claimText(claim, false)]));
    },
    async confirm(claim) {
      await insurance.confirm(claim);
      const texts = [claimText(claim, false), claimText(claim, true)];
      await attempt(() => evaluate(redis, CONFIRM_SCRIPT, [claimKey(namespace, claim.id)], texts));
    },
  };
}

class MissedDeadline extends Error {}

/** Asks Redis, and leaves it alone for a while after a failure. Resolves with null where it gave no answer in time. */
function createAttempts({ log, now }: GateOptions): <T>(ask: () => Promise<T>) => Promise<T | null> {
  let restsUntilMs = 0;
  let missed = 0;
  let missedAtMs = 0;
  const rest = (error: unknown) => {
    restsUntilMs = now() + REST_MS;
    log.warn({ reason: errorText(error) }, 'limits and keys are kept by this process alone for a moment');
  };
  const tooLate = () => new MissedDeadline(`no answer from Redis in ${DEADLINE_MS} ms`);
  return async (ask) => {
    const startedMs = now();
    if (startedMs < restsUntilMs) return null;
    try {
      const answer = await withinDeadline(ask(), DEADLINE_MS, tooLate);
      missed = 0;
      return answer;
    } catch (error) {
      if (!(error instanceof MissedDeadline)) rest(error);
      else if (startedMs >= missedAtMs) {
        missed++;
        missedAtMs = now();
        if (missed >= MISSED_DEADLINES) rest(error);
      }
      return null;
    }
  };
}

const claimKey = (namespace: string, id: string) => `${namespace}idem:${id}`;
const claimText = ({ fingerprint, atMs }: Claim, isConfirmed: boolean) =>
  `${fingerprint} ${atMs} ${isConfirmed ? 1 : 0}`;
const windowKey = (namespace: string, limit: CountedLimit, who: string) => `${namespace}limit:${limit}:${who}`;

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
      claim?.atMs ?? 0,
    ].map(String),
  ];
}

type ScriptAnswer = [verdict: number, remaining: number, resetMs: number, firstMs: number, confirmed: number];

function toPassage([code, remaining, resetMs, firstMs, confirmed]: ScriptAnswer, ask: Ask, limits: Limits): Passage {
  const verdict = VERDICTS[code] ?? 'fresh';
  const counted = verdict === 'repeat' || verdict === 'reused' ? limits.requests : limits[ask.limit];
  const standing = counted && remaining >= 0 ? { calls: counted.calls, remaining, resetMs } : null;
  const isKnown = verdict === 'repeat' && firstMs > 0;
  return { verdict, standing, first: isKnown ? { atMs: firstMs, isConfirmed: confirmed === 1 } : null };
}
