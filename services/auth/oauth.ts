import { hash } from 'node:crypto';
import type { Fault } from '../../shared/schema.ts';
import type { Account } from './tables/accounts.ts';

/** The rules of logging in by a provider: which way back is taken, whose state it is, and whose account. */

/** A state waits this long for its person to come back. */
export const STATE_LIFETIME_MS = 600_000;
export const MAXIMUM_REDIRECT_URI_LENGTH = 2_048;

/** What was kept when somebody was sent to a provider. */
export interface StoredState {
  readonly provider: string;
  /** Comes back inside the provider's id token. */
  readonly nonce: string;
  readonly redirectUri: string;
  /** The S256 challenge whose verifier only the client that began has. */
  readonly challenge: string;
  readonly expiresAt: Date;
}

/** What somebody says who comes back from a provider. */
export interface Returned {
  readonly provider: string;
  readonly redirectUri: string;
  readonly codeVerifier: string;
}

/** What a provider says of a person, after its word was checked. */
export interface ProviderPerson {
  readonly issuer: string;
  readonly subject: string;
  /** As the provider spells it; null where it gives none. */
  readonly email: string | null;
  readonly isEmailVerified: boolean;
  /** What they might be called here, best first. */
  readonly names: readonly string[];
}

/**
 * What is wrong with an address that a provider is to send people back to; null where nothing is. It must be in its one
 * spelling, since it is compared letter by letter, here and by the provider, and must leave no room for a second reading.
 */
export function redirectFault(uri: string): string | null {
  if (!URL.canParse(uri)) return 'must be an absolute URL';
  const { protocol, username, password, href } = new URL(uri);
  if (protocol !== 'https:' && protocol !== 'http:') return 'must be an http or https URL';
  if (username || password) return 'must not bear user information';
  if (uri.includes('#') || uri.includes('?')) return 'must have neither query nor fragment';
  return href === uri ? null : 'must be spelled as browsers spell it, with a path';
}

/** RFC 7636, 4.2: S256. */
export function challengeOf(verifier: string): string {
  return hash('sha256', verifier, 'base64url');
}

/** What is wrong with somebody who comes back; null: they are who began, and nothing has been changed on the way. */
export function decideReturn(stored: StoredState | null, returned: Returned, now: Date): Fault | null {
  if (!stored || stored.expiresAt.getTime() <= now.getTime()) {
    return { path: '/state', message: 'is unknown, used or expired' };
  }
  if (stored.provider !== returned.provider) return { path: '/provider', message: 'is not the one of this state' };
  if (stored.redirectUri !== returned.redirectUri) {
    return { path: '/redirect_uri', message: 'is not the one of this state' };
  }
  if (stored.challenge !== challengeOf(returned.codeVerifier)) {
    return { path: '/code_verifier', message: 'does not fit the challenge of this state' };
  }
  return null;
}

export type Entry =
  | { readonly kind: 'enter' | 'link'; readonly account: Account }
  | { readonly kind: 'create' }
  /** An account has this email, and not both sides have shown whose it is: neither is given to the other. */
  | { readonly kind: 'conflict' }
  /** Blocked or deleted. */
  | { readonly kind: 'refused' };

/**
 * @param known the account of this identity
 * @param withEmail the account that has the email which the provider names
 */
export function decideEntry(person: ProviderPerson, known: Account | null, withEmail: Account | null): Entry {
  if (known) return known.status === 'active' ? { kind: 'enter', account: known } : { kind: 'refused' };
  if (!withEmail) return { kind: 'create' };
  if (!person.isEmailVerified || !withEmail.isEmailVerified) return { kind: 'conflict' };
  return withEmail.status === 'active' ? { kind: 'link', account: withEmail } : { kind: 'refused' };
}

/** OpenID Connect Core 1.0, 2: at most 255 ASCII characters. */
const SUBJECT = /^[\x20-\x7e]{1,255}$/;

/** The claims of a provider that concern us, or null where it names nobody. */
export function readPerson(claims: Readonly<Record<string, unknown>>): ProviderPerson | null {
  const { iss, sub, email, email_verified: isVerified } = claims;
  if (typeof iss !== 'string' || typeof sub !== 'string' || !SUBJECT.test(sub)) return null;
  const names = [claims['nickname'], claims['preferred_username'], claims['name']];
  return {
    issuer: iss,
    subject: sub,
    email: typeof email === 'string' && email !== '' ? email : null,
    // Some providers write the boolean as text.
    isEmailVerified: isVerified === true || isVerified === 'true',
    names: names.filter((name) => typeof name === 'string'),
  };
}
