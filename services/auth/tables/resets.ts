import { hash } from 'node:crypto';
import { fromSqlTime, type Row, toSqlTime, type Transaction } from '../../../shared/database.ts';
import { bytesToUuid, uuidToBytes } from '../../../shared/ids.ts';
import type { StoredReset } from '../reset.ts';

/** Tokens are kept as their hashes: who reads this table can use none of them. */
const hashOf = (token: string): Buffer => hash('sha256', token, 'buffer');

/** The account's one reset from now on: an older one, used or not, is gone. */
export async function putReset(tx: Transaction, accountId: string, token: string, expiresAt: Date): Promise<void> {
  await tx.change(
    'INSERT INTO password_resets (account_id, token_hash, expires_at) VALUES ? ON DUPLICATE KEY UPDATE ' +
      'token_hash = VALUES(token_hash), expires_at = VALUES(expires_at), request_id = NULL',
    [[[uuidToBytes(accountId), hashOf(token), toSqlTime(expiresAt)]]],
  );
}

/** The reset of this token, without its lock, or null. */
export function findReset(tx: Transaction, token: string): Promise<StoredReset | null> {
  return readReset(tx, token, '');
}

/** The same, locked: of calls that bring one token, one finds it unused. */
export function lockReset(tx: Transaction, token: string): Promise<StoredReset | null> {
  return readReset(tx, token, ' FOR UPDATE');
}

async function readReset(tx: Transaction, token: string, lock: string): Promise<StoredReset | null> {
  const [row] = await tx.select<Row & { account_id: Buffer; expires_at: string; request_id: Buffer | null }>(
    `SELECT account_id, expires_at, request_id FROM password_resets WHERE token_hash = ?${lock}`,
    [hashOf(token)],
  );
  if (!row) return null;
  return {
    accountId: bytesToUuid(row.account_id),
    expiresAt: new Date(fromSqlTime(row.expires_at)),
    requestId: row.request_id && bytesToUuid(row.request_id),
  };
}

/** The account's reset has been used, by this call. */
export async function markUsed(tx: Transaction, accountId: string, requestId: string): Promise<void> {
  await tx.change('UPDATE password_resets SET request_id = ? WHERE account_id = ?', [
    uuidToBytes(requestId),
    uuidToBytes(accountId),
  ]);
}

/** Removes resets that ran out, at most `rows` of them. */
export async function purgeResets(tx: Transaction, now: Date, rows: number): Promise<void> {
  await tx.change(`DELETE FROM password_resets WHERE expires_at < ? LIMIT ${rows}`, [toSqlTime(now)]);
}
