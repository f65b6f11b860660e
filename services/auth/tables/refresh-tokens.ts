import { fromSqlTime, toSqlTime, type Transaction } from '../../../shared/database.ts';
import { bytesToUuid, uuidToBytes } from '../../../shared/ids.ts';

/** A refresh token as it is kept: its hash, and what its successor can be made again from by whoever holds it. */
export interface RefreshToken {
  readonly sessionId: string;
  /**
   * How long ago it was used, in ms; this and the salt are null while it is the session's current one. Both times are
   * the database's: the processes that see one token used are several, and their clocks differ.
   */
  readonly usedAgoMs: number | null;
  readonly salt: Buffer | null;
  /** RFC 3339. */
  readonly expiresAt: string;
}

interface RefreshTokenRow extends Record<string, unknown> {
  session_id: Buffer;
  /** µs. */
  used_ago: string | null;
  salt: Buffer | null;
  expires_at: string;
}

/** @param hash sha256 of the token */
export async function findRefreshToken(tx: Transaction, hash: Buffer): Promise<RefreshToken | null> {
  const [row] = await tx.select<RefreshTokenRow>(
    'SELECT session_id, TIMESTAMPDIFF(MICROSECOND, used_at, UTC_TIMESTAMP(6)) AS used_ago, salt, expires_at ' +
      'FROM refresh_tokens WHERE hash = ?',
    [hash],
  );
  return row
    ? {
        sessionId: bytesToUuid(row.session_id),
        usedAgoMs: row.used_ago === null ? null : Math.round(Number(row.used_ago) / 1_000),
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

export async function markUsed(tx: Transaction, hash: Buffer, salt: Buffer): Promise<void> {
  await tx.change('UPDATE refresh_tokens SET used_at = UTC_TIMESTAMP(6), salt = ? WHERE hash = ?', [salt, hash]);
}

/** Removes tokens that ran out before this time, at most `rows` of them. @returns how many */
export async function purgeRefreshTokens(tx: Transaction, before: Date, rows: number): Promise<number> {
  const sql = `DELETE FROM refresh_tokens WHERE expires_at < ? LIMIT ${rows}`;
  return (await tx.change(sql, [toSqlTime(before)])).affectedRows;
}
