import { fromSqlTime, type Transaction } from '../../../shared/database.ts';
import { bytesToUuid, uuidToBytes } from '../../../shared/ids.ts';

/** One line of an account. */
export interface PostingLine {
  /** Grows along the account. */
  readonly position: string;
  readonly transferId: string;
  readonly kind: string;
  /** Minor units, signed. */
  readonly amount: bigint;
  readonly currency: string;
  readonly createdAt: string;
}

/** An account's lines, newest first. @param before only lines older than this position; null: from the newest */
export async function listPostings(
  tx: Transaction,
  accountId: string,
  before: string | null,
  limit: number,
): Promise<PostingLine[]> {
  const rows = await tx.select<{
    id: string;
    transfer_id: Buffer;
    kind: string;
    amount: string;
    currency: string;
    created_at: string;
  }>(
    // The index is named since otherwise it is read by the account alone, from the newest posting down to the place asked for.
    'SELECT p.id, p.transfer_id, t.kind, p.amount, p.currency, t.created_at FROM postings p ' +
      'FORCE INDEX (postings_account_id_id_amount_index) JOIN transfers t ON t.id = p.transfer_id WHERE p.account_id = ?' +
      `${before === null ? '' : ' AND p.id < ?'} ORDER BY p.id DESC LIMIT ?`,
    [uuidToBytes(accountId), ...(before === null ? [] : [before]), limit],
  );
  return rows.map((row) => ({
    position: String(row.id),
    transferId: bytesToUuid(row.transfer_id),
    kind: row.kind,
    amount: BigInt(row.amount),
    currency: row.currency,
    createdAt: fromSqlTime(row.created_at),
  }));
}
