import type { IncomingHttpHeaders } from 'node:http';

/** What an upgrade request says, read without side effects. */

export type Endpoint = { readonly kind: 'all' } | { readonly kind: 'room'; readonly ownerId: string };

/** `/ws` or `/room/{owner_id}`; null for any other path. The id is not looked at yet. */
export function readEndpoint(url: string): Endpoint | null {
  const path = url.split('?', 1)[0] ?? '';
  if (path === '/ws') return { kind: 'all' };
  const room = /^\/room\/([^/]{1,100})$/.exec(path)?.[1];
  return room === undefined ? null : { kind: 'room', ownerId: room };
}

export const TOKEN_PROTOCOL = 'bearer';

/**
 * The token, wherever it stands: `Sec-WebSocket-Protocol: bearer, <JWT>`, then `Authorization: Bearer <JWT>`, then
 * `?token=`. Null where there is none; "" where one is announced and missing, which no verifier takes.
 */
export function readToken(headers: IncomingHttpHeaders, url: string): string | null {
  const protocols = (headers['sec-websocket-protocol'] ?? '').split(',').map((part) => part.trim());
  if (protocols[0] === TOKEN_PROTOCOL) return protocols[1] ?? '';
  if (headers.authorization !== undefined) return /^Bearer +([^ ]+) *$/i.exec(headers.authorization)?.[1] ?? '';
  const query = url.indexOf('?');
  return query < 0 ? null : new URLSearchParams(url.slice(query + 1)).get('token');
}

/**
 * May a page of this origin connect? Programs send none and pass. Without a list, pages of the host that was asked may,
 * on any port.
 */
export function isOriginAllowed(
  origin: string | undefined,
  host: string | undefined,
  allowed: readonly string[] | null,
): boolean {
  if (origin === undefined) return true;
  if (allowed) return allowed.includes(origin);
  if (!host || !URL.canParse(origin) || !URL.canParse(`http://${host}`)) return false;
  const { protocol, hostname } = new URL(origin);
  return (protocol === 'http:' || protocol === 'https:') && hostname === new URL(`http://${host}`).hostname;
}

/** So many a second, with one second's worth saved up at most. */
export class TokenBucket {
  readonly #perSecond: number;
  #tokens: number;
  #filledAtMs: number;

  constructor(perSecond: number, nowMs: number) {
    this.#perSecond = perSecond;
    this.#tokens = perSecond;
    this.#filledAtMs = nowMs;
  }

  take(nowMs: number): boolean {
    const earned = (Math.max(0, nowMs - this.#filledAtMs) / 1_000) * this.#perSecond;
    this.#tokens = Math.min(this.#perSecond, this.#tokens + earned);
    this.#filledAtMs = nowMs;
    if (this.#tokens < 1) return false;
    this.#tokens--;
    return true;
  }
}
