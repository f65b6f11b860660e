import { hash } from 'node:crypto';
import { fromSqlTime, type Row, toSqlTime, type Transaction } from '../../../shared/database.ts';
import type { StoredState } from '../oauth.ts';

/** States are kept as their hashes: who reads this table can take none of them back. */
const hashOf = (state: string): Buffer => hash('sha256', state, 'buffer');

export async function insertState(tx: Transaction, state: string, stored: StoredState): Promise<void> {
  const { provider, nonce, redirectUri, challenge, expiresAt } = stored;
  await tx.change(
    'INSERT INTO oauth_states (state_hash, provider, nonce, redirect_uri, challenge, expires_at) VALUES ?',
    [[[hashOf(state), provider, nonce, redirectUri, challenge, toSqlTime(expiresAt)]]],
  );
}

/** Takes a state out: of calls that bring it, one gets it, and every other null. */
export async function takeState(tx: Transaction, state: string): Promise<StoredState | null> {
  const key = hashOf(state);
  const [row] = await tx.select<
    Row & { provider: string; nonce: string; redirect_uri: string; challenge: string; expires_at: string }
  >('SELECT provider, nonce, redirect_uri, challenge, expires_at FROM oauth_states WHERE state_hash = ? FOR UPDATE', [
    key,
  ]);
  if (!row) return null;
  await tx.change('DELETE FROM oauth_states WHERE state_hash = ?', [key]);
  return {
    provider: row.provider,
    nonce: row.nonce,
    redirectUri: row.redirect_uri,
    challenge: row.challenge,
    expiresAt: new Date(fromSqlTime(row.expires_at)),
  };
}

/** Removes states that nobody came back with, at most `rows` of them. @returns how many */
export async function purgeStates(tx: Transaction, now: Date, rows: number): Promise<number> {
  const sql = `DELETE FROM oauth_states WHERE expires_at < ? LIMIT ${rows}`;
  return (await tx.change(sql, [toSqlTime(now)])).affectedRows;
}
