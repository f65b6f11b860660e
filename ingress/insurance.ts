import { RecentMap } from '../shared/recent-map.ts';
import type { Ask, Claim, Gate, Limit, Limits, Passage } from './rate-limit.ts';

/**
 * The gate without Redis: the same rules, counted by this process alone. What is forgotten at the bound is what was
 * used longest ago, which makes a limit laxer and never refuses anybody.
 */
const MAXIMUM_WINDOWS = 20_000;
const MAXIMUM_CLAIMS = 50_000;
const CLAIM_TTL_MS = 86_400_000;

export interface Insurance extends Gate {
  /** What Redis let in counts here too: falling over does not begin at zero. */
  note(ask: Ask, passage: Passage): void;
}

interface KnownClaim extends Claim {
  readonly isConfirmed: boolean;
  readonly endsMs: number;
}

/** @param now ms since 1970 */
export function createInsurance(limits: Limits, now: () => number): Insurance {
  const windows = new RecentMap<string, number[]>(MAXIMUM_WINDOWS);
  const claims = new RecentMap<string, KnownClaim>(MAXIMUM_CLAIMS);
  return {
    async pass(ask) {
      const known = ask.claim ? claims.get(ask.claim.id) : undefined;
      if (!known || known.endsMs <= now()) return admit(ask);
      const verdict = known.fingerprint === ask.claim?.fingerprint ? 'repeat' : 'reused';
      const standing = count(`requests:${ask.who}`, limits.requests);
      if (standing === 'full') return limited(`requests:${ask.who}`, limits.requests);
      return { verdict, standing, first: verdict === 'repeat' ? known : null };
    },
    async release({ id, fingerprint }) {
      const known = claims.get(id);
      if (known?.fingerprint === fingerprint && !known.isConfirmed) claims.delete(id);
    },
    async confirm(claim) {
      remember(claim, true);
    },
    note({ who, limit, claim }, { verdict, first }) {
      if (verdict === 'limited') return;
      const counted = verdict === 'fresh' ? limit : 'requests';
      count(`${counted}:${who}`, limits[counted]);
      if (claim && verdict === 'fresh') remember(claim, false);
      if (claim && first) remember({ ...claim, atMs: first.atMs }, first.isConfirmed);
    },
  };

  function remember({ id, fingerprint, atMs }: Claim, isConfirmed: boolean): void {
    claims.set(id, { id, fingerprint, atMs, isConfirmed, endsMs: now() + CLAIM_TTL_MS });
  }

  function admit({ who, limit, claim }: Ask): Passage {
    const standing = count(`${limit}:${who}`, limits[limit]);
    if (standing === 'full') return limited(`${limit}:${who}`, limits[limit]);
    if (claim) remember(claim, false);
    return { verdict: 'fresh', standing, first: null };
  }

  function count(key: string, limit: Limit | null): Passage['standing'] | 'full' {
    if (!limit) return null;
    const times = (windows.get(key) ?? []).filter((time) => time > now() - limit.windowMs);
    if (times.length >= limit.calls) return 'full';
    times.push(now());
    windows.set(key, times);
    return { calls: limit.calls, remaining: limit.calls - times.length, resetMs: resetMs(times, limit) };
  }

  function limited(key: string, limit: Limit | null): Passage {
    if (!limit) return { verdict: 'limited', standing: null, first: null };
    const times = (windows.get(key) ?? []).filter((time) => time > now() - limit.windowMs);
    const standing = { calls: limit.calls, remaining: 0, resetMs: resetMs(times, limit) };
    return { verdict: 'limited', standing, first: null };
  }

  function resetMs(times: readonly number[], limit: Limit): number {
    return (times[0] ?? now()) + limit.windowMs - now();
  }
}
