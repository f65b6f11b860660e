import { toSqlTime, type Transaction } from '../../../shared/database.ts';
import { uuidToBytes } from '../../../shared/ids.ts';

/** The fingerprint of an earlier call with this id, or null. */
export async function findCall(tx: Transaction, id: string): Promise<string | null> {
  const sql = 'SELECT fingerprint FROM calls WHERE id = ?';
  const [row] = await tx.select<{ fingerprint: string }>(sql, [uuidToBytes(id)]);
  return row?.fingerprint ?? null;
}

/** @throws error 1062 where another call with this id was faster */
export async function insertCall(tx: Transaction, id: string, fingerprint: string, now: Date): Promise<void> {
  const row = [uuidToBytes(id), fingerprint, toSqlTime(now)];
  await tx.change('INSERT INTO calls (id, fingerprint, created_at) VALUES ?', [[row]]);
}
