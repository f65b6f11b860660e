import { hash } from 'node:crypto';
import { type Call, keyReused, Refusal } from '../shared/endpoint.ts';
import type { BoundEndpoint } from './bound.ts';
import type { Claim, Gate, Passage } from './rate-limit.ts';
import { RefusalWithHeaders } from './respond.ts';

/** How a call passes the gate (rate-limit.ts): what it counts against, whether it claims its key, what it is told. */

/** @param who whose limit: a person's uuid, or an address @throws Refusal 429 where a login is one too many */
export function passGate(
  endpoint: BoundEndpoint,
  call: Call,
  { who, claim, gate }: { readonly who: string; readonly claim: Claim | null; readonly gate: Gate },
): Promise<Passage> {
  if (endpoint.limit === 'login') return passAsLogin(endpoint, call, gate);
  return gate.pass({ who, limit: endpoint.limit, claim });
}

/** By the address first: who tries many accounts from one uses up none of theirs. @throws Refusal 429 */
async function passAsLogin(endpoint: BoundEndpoint, call: Call, gate: Gate): Promise<Passage> {
  const passage = await gate.pass({ who: call.from.address, limit: 'login-address', claim: null });
  if (!endpoint.accountNamed) return passage;
  passageHeaders(passage);
  // Whose account it is, and whether there is one, is nothing for a key that anybody could read.
  const account = hash('sha256', endpoint.accountNamed(call));
  return gate.pass({ who: account, limit: 'login', claim: null });
}

/**
 * What a call claims its key with, so that a repeat does not count against the route's own limit; null where it claims
 * none. What comes with a password does not: its fingerprint would be a fast hash of the password.
 */
export function claimOf(endpoint: BoundEndpoint, { id, isKeyed, fingerprint, now }: Call): Claim | null {
  if (!isKeyed || (endpoint.kind === 'ask' && (endpoint.key === 'none' || endpoint.limit === 'login'))) return null;
  return { id, fingerprint, atMs: now.getTime() };
}

/** What is refused here never reaches its own limit; it counts against the limit of all requests instead. */
export async function counted<T>(who: string, gate: Gate, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (thrown) {
    if (thrown instanceof Refusal) passageHeaders(await gate.pass({ who, limit: 'requests', claim: null }));
    throw thrown;
  }
}

/** The caller's standing as headers (draft-ietf-httpapi-ratelimit-headers-03). @throws Refusal 422 or 429 */
export function passageHeaders({ verdict, standing }: Passage): Record<string, string> {
  if (verdict === 'reused') throw keyReused();
  const resetS = String(Math.max(1, Math.ceil((standing?.resetMs ?? 0) / 1_000)));
  const headers: Record<string, string> = standing
    ? {
        'RateLimit-Limit': String(standing.calls),
        'RateLimit-Remaining': String(standing.remaining),
        'RateLimit-Reset': resetS,
      }
    : {};
  if (verdict === 'limited')
    throw new RefusalWithHeaders(429, 'too many requests', { 'Retry-After': resetS, ...headers });
  return headers;
}
