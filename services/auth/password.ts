import argon2 from 'argon2';
import zxcvbn from '@zxcvbn-ts/language-common';
import { badParams } from '../../shared/endpoint.ts';
import { boundedQueue } from './bounded-queue.ts';

/**
 * Passwords: exactly as they were given, blanks and all, of any alphabet. At rest there is only their argon2id hash, with
 * the cost that OWASP names for one core (19 MiB, two passes).
 */
const MINIMUM = 8;
export const MAXIMUM_PASSWORD = 256;
const COST = { type: argon2.argon2id, memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const;

/** A hash holds 19 MiB and one of the process's four threads for a while: two at once leave room for everything else. */
const HASHES_AT_ONCE = 2;
const HASHES_WAITING = 50;
/** Of the process, since its threads are: whoever hashes waits here. */
const queue = boundedQueue({ code: 'password-queue', atOnce: HASHES_AT_ONCE, waiting: HASHES_WAITING });

/** Of random bytes that nobody kept: verified where there is no hash, so that it takes as long as where there is one. */
export const NOBODYS_HASH =
  '$argon2id$v=19$m=19456,p=1,t=2$q0RWYsqifgPoLOrJAV7wKg$wyYlo8sjOrJGa2vemqMSZ7EgOlOEnM4doT+5Yc9xlVA';

/** Those that everybody tries first; shorter ones are refused for their length. */
const wellKnown: ReadonlySet<string> = new Set(
  zxcvbn.dictionary['passwords-common'].map(String).filter((password) => password.length >= MINIMUM),
);

/** @throws Refusal 400 for a password that is too short, too long, or known to everybody */
export function checkPassword(text: string): void {
  const length = [...text.slice(0, 2 * MAXIMUM_PASSWORD + 1)].length;
  if (length < MINIMUM || length > MAXIMUM_PASSWORD) {
    throw badParams('/password', `must have ${MINIMUM} to ${MAXIMUM_PASSWORD} characters`);
  }
  if (wellKnown.has(text.toLowerCase())) throw badParams('/password', 'is one of those that everybody tries first');
}

/** @param text one that `checkPassword` has passed @throws AppError retriable where too many wait already */
export function hashPassword(text: string): Promise<string> {
  return queue(() => argon2.hash(text, COST));
}

/**
 * Takes the same time whether there is a hash or not.
 * @param hash null where there is no account, or one without a password: never right
 * @throws AppError retriable where too many wait already
 */
export async function verifyPassword(hash: string | null, text: string): Promise<boolean> {
  const isRight = await queue(() => argon2.verify(hash ?? NOBODYS_HASH, text));
  return isRight && hash !== null;
}

/** True for a hash of another cost than today's. */
export function needsRehash(hash: string): boolean {
  return argon2.needsRehash(hash, COST);
}
