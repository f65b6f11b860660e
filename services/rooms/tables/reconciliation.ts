import { type Row, type Transaction } from '../../../shared/database.ts';
import { bytesToUuid, uuidToBytes } from '../../../shared/ids.ts';

/** A donor's place in `donor_totals`; pages follow the primary key. */
export interface TotalPlace {
  readonly ownerId: string;
  readonly clientId: string;
}

export interface CheckedTotal extends TotalPlace {
  /** What is kept, and what the donations add up to, in minor units. */
  readonly total: bigint;
  readonly counted: bigint;
}

/** Running totals beside the sums of their donations that have not gone back, both as of one instant, from `after` on. */
export async function checkTotals(tx: Transaction, after: TotalPlace | null, limit: number): Promise<CheckedTotal[]> {
  const beyond = after ? 'WHERE user_id > ? OR (user_id = ? AND client_id > ?)' : '';
  const ownerId = after && uuidToBytes(after.ownerId);
  const rows = await tx.select<Row & { user_id: Buffer; client_id: Buffer; total: string; counted: string }>(
    `SELECT t.user_id, t.client_id, t.total, COALESCE(SUM(c.sum), 0) AS counted
     FROM (SELECT user_id, client_id, total FROM donor_totals ${beyond} ORDER BY user_id, client_id LIMIT ?) t
     LEFT JOIN donor_contributions c ON c.user_id = t.user_id AND c.client_id = t.client_id AND c.refunded_at IS NULL
     GROUP BY t.user_id, t.client_id, t.total ORDER BY t.user_id, t.client_id`,
    [...(after ? [ownerId, ownerId, uuidToBytes(after.clientId)] : []), limit],
  );
  return rows.map((row) => ({
    ownerId: bytesToUuid(row.user_id),
    clientId: bytesToUuid(row.client_id),
    total: BigInt(row.total),
    counted: BigInt(row.counted),
  }));
}

/** Rooms in which somebody has given more than the holder of the title, or whose holder has given nothing. */
export async function wrongHolders(tx: Transaction, limit: number): Promise<string[]> {
  const rows = await tx.select<Row & { user_id: Buffer }>(
    `SELECT top.user_id FROM sponsor_tops top
     LEFT JOIN donor_totals holder ON holder.user_id = top.user_id AND holder.client_id = top.client_id
     WHERE (top.client_id IS NOT NULL AND COALESCE(holder.total, 0) <= 0) OR EXISTS (SELECT 1 FROM donor_totals one
       WHERE one.user_id = top.user_id AND one.total > COALESCE(holder.total, 0)) LIMIT ?`,
    [limit],
  );
  return rows.map((row) => bytesToUuid(row.user_id));
}
