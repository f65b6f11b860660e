import { fromSqlTime, toSqlTime, type Transaction } from '../../../shared/database.ts';

/** A pair of keys that signs access tokens, or did. */
export interface SigningKey {
  readonly kid: string;
  /** 1, 2, 3 … in the order in which they were made. */
  readonly generation: number;
  /** PKCS8, PEM. */
  readonly privateKey: string;
  /** A JWK, in JSON. */
  readonly publicJwk: string;
  /** RFC 3339. It is published from its making on, and signs from this time on. */
  readonly signsFrom: string;
  /** RFC 3339. From then on it is published no longer; null: nobody has followed it yet. */
  readonly retiresAt: string | null;
}

interface SigningKeyRow extends Record<string, unknown> {
  kid: string;
  generation: number;
  private_key: string;
  public_jwk: string;
  signs_from: string;
  retires_at: string | null;
}

/** All keys that have not retired yet, oldest first: two or three. */
export async function listSigningKeys(tx: Transaction, now: Date): Promise<SigningKey[]> {
  const rows = await tx.select<SigningKeyRow>(
    'SELECT kid, generation, private_key, public_jwk, signs_from, retires_at FROM signing_keys ' +
      'WHERE retires_at IS NULL OR retires_at > ? ORDER BY generation',
    [toSqlTime(now)],
  );
  return rows.map((row) => ({
    kid: row.kid,
    generation: Number(row.generation),
    privateKey: row.private_key,
    publicJwk: row.public_jwk,
    signsFrom: fromSqlTime(row.signs_from),
    retiresAt: row.retires_at === null ? null : fromSqlTime(row.retires_at),
  }));
}

/** @throws error 1062 where another process has made the key of this generation */
export async function insertSigningKey(tx: Transaction, key: SigningKey, now: Date): Promise<void> {
  const row = [key.kid, key.generation, key.privateKey, key.publicJwk, toSqlTime(now), toSqlTime(key.signsFrom)];
  await tx.change(
    'INSERT INTO signing_keys (kid, generation, private_key, public_jwk, created_at, signs_from) VALUES ?',
    [[row]],
  );
}

export async function retireSigningKey(tx: Transaction, kid: string, at: Date): Promise<void> {
  await tx.change('UPDATE signing_keys SET retires_at = ? WHERE kid = ? AND retires_at IS NULL', [toSqlTime(at), kid]);
}

/** Removes keys that have retired: a private key that signs nothing any more should lie nowhere. @returns how many */
export async function purgeSigningKeys(tx: Transaction, now: Date): Promise<number> {
  return (await tx.change('DELETE FROM signing_keys WHERE retires_at < ?', [toSqlTime(now)])).affectedRows;
}
