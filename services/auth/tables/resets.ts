import { hash } from 'node:crypto';
import { fromSqlTime, type Row, toSqlTime, type Transaction } from '../../../shared/database.ts';
import { bytesToUuid, uuidToBytes } from '../../../shared/ids.ts';
import type { SentMail, StoredReset } from '../reset.ts';

/** Tokens are kept as their hashes: who reads this table can use none of them. */
const hashOf = (token: string): Buffer => hash('sha256', token, 'buffer');

/** One more token of the account, beside those that it has. Whoever calls holds the account's lock. */
export async function insertReset(tx: Transaction, accountId: string, token: string, expiresAt: Date): Promise<void> {
  await tx.change('INSERT INTO password_resets (token_hash, account_id, expires_at) VALUES ?', [
    [[hashOf(token), uuidToBytes(accountId), toSqlTime(expiresAt)]],
  ]);
}

/** The reset of this token, or null. Under its account's lock nobody else uses or removes it. */
export async function findReset(tx: Transaction, token: string): Promise<StoredReset | null> {
  const [row] = await tx.select<Row & { account_id: Buffer; expires_at: string; request_id: Buffer | null }>(
    'SELECT account_id, expires_at, request_id FROM password_resets WHERE token_hash = ?',
    [hashOf(token)],
  );
  if (!row) return null;
  return {
    accountId: bytesToUuid(row.account_id),
    expiresAt: new Date(fromSqlTime(row.expires_at)),
    requestId: row.request_id && bytesToUuid(row.request_id),
  };
}

/** The token has been used, by this call; the account's others work no more. Whoever calls holds the account's lock. */
export async function markUsed(tx: Transaction, accountId: string, token: string, requestId: string): Promise<void> {
  const used = hashOf(token);
  await tx.change('UPDATE password_resets SET request_id = ? WHERE token_hash = ?', [uuidToBytes(requestId), used]);
  await tx.change('DELETE FROM password_resets WHERE account_id = ? AND token_hash <> ?', [
    uuidToBytes(accountId),
    used,
  ]);
}

/** Removes resets that ran out, at most `rows` of them. @returns how many */
export async function purgeResets(tx: Transaction, now: Date, rows: number): Promise<number> {
  const sql = `DELETE FROM password_resets WHERE expires_at < ? LIMIT ${rows}`;
  return (await tx.change(sql, [toSqlTime(now)])).affectedRows;
}

/** The mails that went to this address after this time. */
export async function listMails(tx: Transaction, address: string, after: Date): Promise<SentMail[]> {
  const rows = await tx.select<{ id: Buffer; issued_at: string }>(
    'SELECT id, issued_at FROM reset_mails WHERE recipient_hash = ? AND issued_at > ?',
    [hashOf(address), toSqlTime(after)],
  );
  return rows.map((row) => ({ id: bytesToUuid(row.id), issuedAt: new Date(fromSqlTime(row.issued_at)) }));
}

/** Remembers a mail by its latest try. The address itself is not kept here: it may be forgotten before the mail is. */
export async function putMail(tx: Transaction, address: string, { id, issuedAt }: SentMail): Promise<void> {
  await tx.change(
    'INSERT INTO reset_mails (id, recipient_hash, issued_at) VALUES ? ON DUPLICATE KEY UPDATE ' +
      'issued_at = VALUES(issued_at)',
    [[[uuidToBytes(id), hashOf(address), toSqlTime(issuedAt)]]],
  );
}

/** Removes mails that no limit counts any more, at most `rows` of them. @returns how many */
export async function purgeMails(tx: Transaction, before: Date, rows: number): Promise<number> {
  const sql = `DELETE FROM reset_mails WHERE issued_at < ? LIMIT ${rows}`;
  return (await tx.change(sql, [toSqlTime(before)])).affectedRows;
}
