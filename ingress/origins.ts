import cors from 'cors';
import type { IncomingMessage, ServerResponse } from 'node:http';

/** Which pages of other origins may call this API from a browser. Tokens travel in a header: no cookies, no credentials. */

const EXPOSED = [
  'X-Request-Id',
  'Retry-After',
  'RateLimit-Limit',
  'RateLimit-Remaining',
  'RateLimit-Reset',
  'Idempotency-Hit',
];
const ACCEPTED = ['Authorization', 'Content-Type', 'Idempotency-Key', 'X-Request-Id', 'traceparent'];
const PREFLIGHT_S = 600;
const MAXIMUM_VERDICTS = 200;

/** On every answer: what is allowed differs by origin, also where the answer is no. */
export const originHeaders = ['Vary', 'Origin'] as const;

/**
 * Answers preflights of allowed origins and marks answers to them; says nothing to others.
 * @param allowed exact origins ("https://app.example"); null = the host that was asked, on any port
 */
export function createCors(allowed: readonly string[] | null) {
  // Reading addresses takes longer than the rest of this, and pages come from few.
  const verdicts = new Map<string, boolean>();
  const judge = (origin: string, host: string | undefined): boolean => {
    const asked = `${origin} ${host}`;
    const verdict = verdicts.get(asked) ?? isAllowed(origin, host, allowed);
    if (verdicts.size < MAXIMUM_VERDICTS) verdicts.set(asked, verdict);
    return verdict;
  };
  const handle = cors<IncomingMessage>((request, callback) => {
    const { origin, host } = request.headers;
    callback(null, {
      origin: origin !== undefined && judge(origin, host) ? origin : false,
      methods: ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'],
      allowedHeaders: ACCEPTED,
      exposedHeaders: EXPOSED,
      maxAge: PREFLIGHT_S,
    });
  });
  return (request: IncomingMessage, response: ServerResponse, next: () => void): void => {
    // Every browser sends it with a POST, from our own pages too.
    if (request.headers.origin === undefined) next();
    else handle(request as never, response as never, next);
  };
}

/** Pure: `null` as an origin, a prefix, a suffix or another scheme of an allowed one is another origin. */
export function isAllowed(origin: string, host: string | undefined, allowed: readonly string[] | null): boolean {
  if (allowed) return allowed.includes(origin);
  if (!host || !URL.canParse(origin) || !URL.canParse(`http://${host}`)) return false;
  const { protocol, hostname } = new URL(origin);
  return (protocol === 'http:' || protocol === 'https:') && hostname === new URL(`http://${host}`).hostname;
}
