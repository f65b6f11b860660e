import { parsePhoneNumberFromString } from 'libphonenumber-js/max';
import { badParams } from '../../shared/endpoint.ts';
import type { IdentifierKind } from './tables/accounts.ts';

/** What people are known by when they log in, each brought into its one spelling. */

const MAXIMUM_EMAIL = 254;
const MAXIMUM_NICKNAME = 32;
/** One @, no blanks or control characters, and a dot in the domain: only a mail that arrives can show more. */
const EMAIL = /^[^\s@\p{C}]+@[^\s@\p{C}.]+(\.[^\s@\p{C}.]+)+$/u;
/** Controls, line separators, halves of surrogate pairs, and what turns the text behind it around. */
const UNFIT = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u202A-\u202E\u2066-\u2069]/u;
/** Blanks that `trim` leaves: Braille's empty pattern and the fillers of Hangul. */
const BLANK = '[\\s\\u2800\\u115F\\u1160\\u3164\\uFFA0]';
const OUTER_BLANK = new RegExp(`^${BLANK}|${BLANK}$`, 'u');
/** Marks alone have nothing to stand on. */
const SHOWING_NOTHING = new RegExp(`^(?:${BLANK}|[\\p{Default_Ignorable_Code_Point}\\p{M}])*$`, 'u');

/**
 * A number with its country code → E.164.
 * @throws Refusal 400 for a number that no country's plan knows, or one with an extension
 */
export function readPhone(text: string): string {
  const parsed = parsePhoneNumberFromString(text.trim(), { extract: false });
  if (!parsed?.isValid() || parsed.ext !== undefined) {
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

/** A nickname as profiles take them. @returns it without blanks around it @throws Refusal 400 */
export function readNickname(text: string): string {
  const nickname = text.trim();
  const length = [...nickname].length;
  if (length < 1 || length > MAXIMUM_NICKNAME) {
    throw badParams('/nickname', `must have 1 to ${MAXIMUM_NICKNAME} characters`);
  }
  if (UNFIT.test(nickname)) throw badParams('/nickname', 'must have no control characters');
  if (SHOWING_NOTHING.test(nickname)) throw badParams('/nickname', 'must show something');
  if (OUTER_BLANK.test(nickname)) throw badParams('/nickname', 'must not begin or end with a blank');
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
