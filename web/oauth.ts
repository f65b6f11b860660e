import { authorization, type Exchange } from './accounts.ts';
import { OUT_OF_REACH, type Api, type Failure } from './api.ts';
import { isObject, parseObject, string } from './frames.ts';

/** Signing in by another site: OAuth's code with PKCE. The verifier is made here, and leaves this tab with its code. */

/** What the tab keeps while its person is at the provider's. */
export interface Begun {
  provider: string;
  state: string;
  verifier: string;
  redirectUri: string;
  next: string;
}

export type Return =
  | { type: 'none' }
  /** The person, or the provider, said no. */
  | { type: 'declined' }
  /** Not what this tab began: another's code, or one that comes a second time. */
  | { type: 'foreign' }
  | { type: 'exchange'; given: Exchange; next: string };

const KEY = 'rostra:oauth';
const VERIFIER_BYTES = 32;

/** What the address of the sign-in page says of a provider's answer. @param begun what this tab keeps */
export function decideReturn(asked: URLSearchParams, begun: Begun | null): Return {
  const [code, state, error, issuer] = ['code', 'state', 'error', 'iss'].map((name) => asked.get(name) ?? '');
  if (!state || (!code && !error)) return { type: 'none' };
  if (!begun || begun.state !== state) return { type: 'foreign' };
  if (!code) return { type: 'declined' };
  const { provider, redirectUri, verifier, next } = begun;
  return {
    type: 'exchange',
    given: {
      provider,
      code,
      state,
      redirect_uri: redirectUri,
      code_verifier: verifier,
      ...(issuer && { iss: issuer }),
    },
    next,
  };
}

/** Takes what was begun out of the tab: it is good for one answer. */
export function takeBegun(): Begun | null {
  const json = parseObject(sessionStorage.getItem(KEY) ?? '');
  sessionStorage.removeItem(KEY);
  if (!isObject(json)) return null;
  const begun = {
    provider: string(json.provider),
    state: string(json.state),
    verifier: string(json.verifier),
    redirectUri: string(json.redirectUri),
  };
  return Object.values(begun).every(Boolean) ? { ...begun, next: string(json.next) } : null;
}

/** Only a page that was opened by https, or on this very machine, may reckon hashes. */
export function mayBegin(): boolean {
  return typeof crypto.subtle === 'object';
}

/** Leaves for the provider's page. @returns why not, where it can't */
export async function beginOAuth(api: Api, provider: string, next: string): Promise<Failure> {
  const verifier = base64Url(crypto.getRandomValues(new Uint8Array(VERIFIER_BYTES)));
  const redirectUri = location.origin + location.pathname;
  const answer = await authorization(api, provider, redirectUri, await challengeOf(verifier));
  if (!answer.ok) return answer.failure;
  const [url, state] = [string(answer.body.url), string(answer.body.state)];
  if (!/^https?:\/\//.test(url) || !state) return { ...OUT_OF_REACH, status: 502 };
  const begun: Begun = { provider, state, verifier, redirectUri, next };
  sessionStorage.setItem(KEY, JSON.stringify(begun));
  location.assign(url);
  return new Promise(() => undefined);
}

/** RFC 7636, 4.2: S256. */
export async function challengeOf(verifier: string): Promise<string> {
  return base64Url(new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(verifier))));
}

function base64Url(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '');
}
