import type { Ask, Gate, Limit, Limits, Passage } from './rate-limit.ts';

/**
 * The gate without Redis: the same rules, counted by this process alone. What is forgotten when the bound is met is the
 * oldest, which makes a limit laxer and never refuses anybody.
 */
const MAXIMUM_CALLERS = 20_000;
const MAXIMUM_CLAIMS = 50_000;
const CLAIM_TTL_MS = 86_400_000;

/** @param now ms since 1970 */
export function createInsurance(limits: Limits, now: () => number): Gate {
  const windows = new Map<string, number[]>();
  const claims = new Map<string, { fingerprint: string; endsMs: number }>();
  return {
    async pass(ask) {
      const known = ask.claim ? claims.get(ask.claim.id) : undefined;
      if (!known || known.endsMs <= now()) return admit(ask);
      const verdict = known.fingerprint === ask.claim?.fingerprint ? 'repeat' : 'reused';
      const standing = count(`requests:${ask.who}`, limits.requests);
      return standing === 'full' ? limited(`requests:${ask.who}`, limits.requests) : { verdict, standing };
    },
    async release({ id, fingerprint }) {
      if (claims.get(id)?.fingerprint === fingerprint) claims.delete(id);
    },
  };

  function admit({ who, limit, claim }: Ask): Passage {
    const standing = count(`${limit}:${who}`, limits[limit]);
    if (standing === 'full') return limited(`${limit}:${who}`, limits[limit]);
    if (claim) put(claims, claim.id, { fingerprint: claim.fingerprint, endsMs: now() + CLAIM_TTL_MS }, MAXIMUM_CLAIMS);
    return { verdict: 'fresh', standing };
  }

  function count(key: string, limit: Limit | null): Passage['standing'] | 'full' {
    if (!limit) return null;
    const times = (windows.get(key) ?? []).filter((time) => time > now() - limit.windowMs);
    if (times.length >= limit.calls) return 'full';
    times.push(now());
    put(windows, key, times, MAXIMUM_CALLERS);
    return { calls: limit.calls, remaining: limit.calls - times.length, resetMs: resetMs(times, limit) };
  }

  function limited(key: string, limit: Limit | null): Passage {
    if (!limit) return { verdict: 'limited', standing: null };
    const times = (windows.get(key) ?? []).filter((time) => time > now() - limit.windowMs);
    return { verdict: 'limited', standing: { calls: limit.calls, remaining: 0, resetMs: resetMs(times, limit) } };
  }

  function resetMs(times: readonly number[], limit: Limit): number {
    return (times[0] ?? now()) + limit.windowMs - now();
  }
}

/** Writes an entry as the newest; over the bound, the oldest goes. */
function put<V>(map: Map<string, V>, key: string, value: V, maximum: number): void {
  map.delete(key);
  if (map.size >= maximum) map.delete(map.keys().next().value as string);
  map.set(key, value);
}
