import { createPrivateKey, generateKeyPairSync, type KeyObject, randomBytes } from 'node:crypto';
import type { Clock } from '../../shared/clock.ts';
import type { Database, Transaction } from '../../shared/database.ts';
import type { Logger } from '../../shared/logger.ts';
import { ACCESS_TOKEN_S } from '../../shared/own-tokens.ts';
import { insertSigningKey, listSigningKeys, retireSigningKey, type SigningKey } from './tables/signing-keys.ts';

/** A verifier reads the public keys every few seconds; a new key signs only after many times that. */
const PUBLISHED_BEFORE_MS = 5 * 60_000;
/** A key is published until its last token has run out, and this much longer. */
const PUBLISHED_AFTER_MS = ACCESS_TOKEN_S * 1_000 + 10 * 60_000;
const SIGNS_FOR_MS = 30 * 86_400_000;
/** How long a process goes on with the keys it has read: much less than a new key waits before it signs. */
const FRESH_MS = 30_000;

/** What a token is signed with. */
export interface Signer {
  readonly kid: string;
  readonly key: KeyObject;
}

export interface SigningKeys {
  /** The key that signs now; read, or made where there is none, in the caller's own transaction. */
  current(tx: Transaction): Promise<Signer>;
  /** Every public key that a token may still be checked with. */
  published(): Promise<readonly { readonly kid: string; readonly jwk: string }[]>;
  /** Makes the next key, unless one waits already. @returns the one that signs next */
  rotate(): Promise<SigningKey>;
}

/** The one that signs now: the newest whose time has come. @param keys oldest first */
export function decideSigner(keys: readonly SigningKey[], now: Date): SigningKey | null {
  // Where clocks differ, the very first key may seem to be of the future; there is no other.
  return keys.findLast(({ signsFrom }) => Date.parse(signsFrom) <= now.getTime()) ?? keys[0] ?? null;
}

/** From when on the next key is to sign; null where none is due. @param isWanted also where the last one is not old yet */
export function decideNextKey(keys: readonly SigningKey[], now: Date, isWanted: boolean): Date | null {
  const newest = keys.at(-1);
  if (!newest) return now;
  const signsForMs = now.getTime() - Date.parse(newest.signsFrom);
  const isDue = isWanted ? signsForMs >= 0 : signsForMs > SIGNS_FOR_MS;
  return isDue ? new Date(now.getTime() + PUBLISHED_BEFORE_MS) : null;
}

/**
 * The keys are in the database, for all processes alike; which of them signs follows from the time alone. Two processes
 * that make the next one at once meet at its number: the second one's transaction is run again and finds it made.
 */
export function createSigningKeys(options: { database: Database; clock: Clock; log: Logger }): SigningKeys {
  const { database, clock, log } = options;
  let known: { readonly keys: readonly SigningKey[]; readonly atMs: number } | null = null;
  const parsed = new Map<string, KeyObject>();
  // What a transaction has made itself may yet be rolled back, so nobody else may sign with it.
  const makers = new WeakSet<Transaction>();

  const keysIn = async (tx: Transaction, isRotation = false): Promise<readonly SigningKey[]> => {
    const now = clock.now();
    const keys = await listSigningKeys(tx, now);
    const signsFrom = decideNextKey(keys, now, isRotation);
    if (signsFrom) {
      makers.add(tx);
      keys.push(await makeKey(tx, keys.at(-1) ?? null, signsFrom, now));
      log.info({ kid: keys.at(-1)?.kid, signsFrom }, 'a signing key was made');
    }
    if (!makers.has(tx)) known = { keys, atMs: now.getTime() };
    return keys;
  };
  const freshKeys = async (tx: Transaction) => {
    const ageMs = clock.now().getTime() - (known?.atMs ?? -Infinity);
    return known && ageMs >= 0 && ageMs < FRESH_MS ? known.keys : keysIn(tx);
  };
  return {
    async current(tx) {
      const signer = decideSigner(await freshKeys(tx), clock.now());
      if (!signer) throw new Error('a list of keys is never empty');
      const key = parsed.get(signer.kid) ?? createPrivateKey(signer.privateKey);
      parsed.set(signer.kid, key);
      return { kid: signer.kid, key };
    },
    async published() {
      const keys = await database.transaction((tx) => keysIn(tx));
      return keys.map(({ kid, publicJwk }) => ({ kid, jwk: publicJwk }));
    },
    async rotate() {
      const keys = await database.transaction((tx) => keysIn(tx, true));
      return keys.at(-1) as SigningKey;
    },
  };
}

async function makeKey(tx: Transaction, before: SigningKey | null, signsFrom: Date, now: Date): Promise<SigningKey> {
  const kid = randomBytes(16).toString('base64url');
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const key: SigningKey = {
    kid,
    generation: (before?.generation ?? 0) + 1,
    privateKey: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    publicJwk: JSON.stringify({ ...publicKey.export({ format: 'jwk' }), kid, use: 'sig', alg: 'ES256' }),
    signsFrom: signsFrom.toISOString(),
    retiresAt: null,
  };
  await insertSigningKey(tx, key, now);
  if (before) await retireSigningKey(tx, before.kid, new Date(signsFrom.getTime() + PUBLISHED_AFTER_MS));
  return key;
}
