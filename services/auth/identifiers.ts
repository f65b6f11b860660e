import { parsePhoneNumberFromString } from 'libphonenumber-js/max';
import { badParams } from '../../shared/endpoint.ts';
import { nicknameFault } from '../../shared/nickname.ts';
import type { IdentifierKind } from './tables/accounts.ts';

/** What people are known by when they log in, each brought into its one spelling. */

const MAXIMUM_EMAIL = 254;
/** E.164, 6.2.1: fifteen digits, and the + before them. */
const MAXIMUM_PHONE = 16;
/** One @, no blanks or control characters, and a dot in the domain: only a mail that arrives can show more. */
const EMAIL = /^[^\s@\p{C}]+@[^\s@\p{C}.]+(\.[^\s@\p{C}.]+)+$/u;

/**
 * A number with its country code → E.164.
 * @throws Refusal 400 for a number that no country's plan knows, or one with an extension
 */
export function readPhone(text: string): string {
  const parsed = parsePhoneNumberFromString(text.trim(), { extract: false });
  // Some plans know longer ones, which the standard does not.
  if (!parsed?.isValid() || parsed.ext !== undefined || parsed.number.length > MAXIMUM_PHONE) {
    throw badParams('/phone', 'must be a phone number with + and its country code');
  }
  return parsed.number;
}

/** @returns the address in lower case @throws Refusal 400 */
export function readEmail(text: string): string {
  const email = text.trim().toLowerCase();
  if (email.length > MAXIMUM_EMAIL || !EMAIL.test(email)) throw badParams('/email', 'must be an email address');
  return email;
}

/** @returns the nickname without blanks around it @throws Refusal 400 */
export function readNickname(text: string): string {
  const nickname = text.trim();
  const fault = nicknameFault(nickname);
  if (fault) throw badParams('/nickname', fault);
  return nickname;
}

/**
 * Alike for the spellings of a nickname that log in to one account. The database takes more of them for one (accents,
 * strokes), so that no two people bear names that look alike; but whoever could log in by all of those could also try
 * passwords under each, past the limit that counts by spelling.
 */
export function foldNickname(nickname: string): string {
  return nickname.trim().normalize('NFC').toLowerCase();
}

/**
 * What somebody calls themselves, in one spelling for all that log in to one account.
 * @throws Refusal 400 where it can be nobody's
 */
export function identifierOf(kind: IdentifierKind, text: string): string {
  switch (kind) {
    case 'phone':
      return readPhone(text);
    case 'email':
      return readEmail(text);
    case 'nickname':
      return foldNickname(text);
    default:
      throw badParams('/kind', `${String(kind satisfies never)} is no way to name an account`);
  }
}

/** Characters of a uuid that are random, from its end; the rest of a UUIDv7 is its time, version and variant. */
const RANDOM_LENGTHS = [8, 12, 15] as const;

/** Nicknames for somebody who chose none, to be tried in this order. */
export function madeUpNicknames(uuid: string): string[] {
  const hex = uuid.replaceAll('-', '');
  return RANDOM_LENGTHS.map((length) => `person-${hex.slice(-length)}`);
}
