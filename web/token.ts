import { parseObject, string } from './frames.ts';

/** Who the token says that this is. Read without proof, for showing only: every server checks it for itself. */
export interface Identity {
  sub: string;
  name: string;
  isUser: boolean;
  /** The room it opens: its `owner`, or a user's own. */
  room: string | null;
  expiresAt: number;
}

export function decodeToken(token: string): Identity | null {
  const [, claims = '', ...signature] = token.split('.');
  if (signature.length !== 1) return null;
  const payload = parseObject(decodeBase64Url(claims));
  if (!payload || !string(payload.sub)) return null;
  const isUser = payload.type === 'user';
  return {
    sub: string(payload.sub),
    name: string(payload.name),
    isUser,
    room: string(payload.owner) || (isUser ? string(payload.sub) : null),
    expiresAt: typeof payload.exp === 'number' ? payload.exp * 1000 : 0,
  };
}

export const TOKEN_FAULTS = ['missing', 'parts', 'unreadable', 'expired'] as const;
export type TokenFault = (typeof TOKEN_FAULTS)[number];

/** Why a token can't be right, as far as a page sees it. @param now in ms since 1970 */
export function tokenFault(token: string, now: number): TokenFault | null {
  if (token === '') return 'missing';
  if (token.split('.').length !== 3) return 'parts';
  const identity = decodeToken(token);
  if (!identity) return 'unreadable';
  return identity.expiresAt <= now ? 'expired' : null;
}

/**
 * The token of this tab for one room, or for the operator's page (`ops`). One in the address (`#token=…`) is kept for
 * the tab and taken out of the address bar, so that it isn't copied, shared or bookmarked with the link.
 */
export function takeToken(place: string): string | null {
  const given = new URLSearchParams(location.hash.slice(1)).get('token');
  if (given) {
    keepToken(place, given);
    history.replaceState(null, '', location.pathname + location.search);
  }
  return sessionStorage.getItem(keyOf(place));
}

/** Kept until the tab is closed; null forgets it. */
export function keepToken(place: string, token: string | null): void {
  if (token === null) sessionStorage.removeItem(keyOf(place));
  else sessionStorage.setItem(keyOf(place), token);
}

function keyOf(place: string): string {
  return `rostra:token:${place}`;
}

function decodeBase64Url(text: string): string {
  try {
    const binary = atob(text.replaceAll('-', '+').replaceAll('_', '/'));
    return new TextDecoder().decode(Uint8Array.from(binary, (character) => character.charCodeAt(0)));
  } catch {
    return '';
  }
}
