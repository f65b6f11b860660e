import { fromSqlTime, toSqlTime, type Transaction } from '../../../shared/database.ts';
import { bytesToUuid, uuidToBytes } from '../../../shared/ids.ts';

/** A refresh token as it is kept: its hash, and what its successor can be made again from by whoever holds it. */
export interface RefreshToken {
  readonly sessionId: string;
  /** RFC 3339. Both null while it is the session's current one. */
  readonly usedAt: string | null;
  readonly salt: Buffer | null;
  /** RFC 3339. */
  readonly expiresAt: string;
}

interface RefreshTokenRow extends Record<string, unknown> {
  session_id: Buffer;
  used_at: string | null;
  salt: Buffer | null;
  expires_at: string;
}

/** @param hash sha256 of the token */
export async function findRefreshToken(tx: Transaction, hash: Buffer): Promise<RefreshToken | null> {
  const [row] = await tx.select<RefreshTokenRow>(
    'SELECT session_id, used_at, salt, expires_at FROM refresh_tokens WHERE hash = ?',
    [hash],
  );
  return row
    ? {
        sessionId: bytesToUuid(row.session_id),
        usedAt: row.used_at === null ? null : fromSqlTime(row.used_at),
        salt: row.salt,
        expiresAt: fromSqlTime(row.expires_at),
      }
    : null;
}

export async function insertRefreshToken(
  tx: Transaction,
  token: { hash: Buffer; sessionId: string; expiresAt: Date },
): Promise<void> {
  const row = [token.hash, uuidToBytes(token.sessionId), toSqlTime(token.expiresAt)];
  await tx.change('INSERT INTO refresh_tokens (hash, session_id, expires_at) VALUES ?', [[row]]);
}

export async function markUsed(tx: Transaction, hash: Buffer, salt: Buffer, now: Date): Promise<void> {
  await tx.change('UPDATE refresh_tokens SET used_at = ?, salt = ? WHERE hash = ?', [toSqlTime(now), salt, hash]);
}

/** Removes tokens that ran out before this time, at most `rows` of them. @returns how many */
export async function purgeRefreshTokens(tx: Transaction, before: Date, rows: number): Promise<number> {
  const sql = `DELETE FROM refresh_tokens WHERE expires_at < ? LIMIT ${rows}`;
  return (await tx.change(sql, [toSqlTime(before)])).affectedRows;
}
