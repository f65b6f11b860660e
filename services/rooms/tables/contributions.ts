import { type Transaction, toSqlTime } from '../../../shared/database.ts';
import { bytesToUuid, uuidToBytes } from '../../../shared/ids.ts';
import type { Contribution } from '../contribution.ts';

type DonorShare = Pick<Contribution, 'donateId' | 'ownerId' | 'clientId' | 'sum' | 'at'>;
/** `goalId` is null where no goal was open. */
type GoalShare = Pick<Contribution, 'donateId' | 'ownerId' | 'sum' | 'at'> & { readonly goalId: string | null };

export async function countedForGoals(tx: Transaction, donateIds: readonly string[]): Promise<ReadonlySet<string>> {
  return counted(tx, 'SELECT donate_id FROM goal_contributions WHERE donate_id IN (?)', donateIds);
}

export async function countedForSponsor(tx: Transaction, donateIds: readonly string[]): Promise<ReadonlySet<string>> {
  return counted(tx, 'SELECT donate_id FROM donor_contributions WHERE donate_id IN (?)', donateIds);
}

async function counted(tx: Transaction, sql: string, donateIds: readonly string[]): Promise<ReadonlySet<string>> {
  if (donateIds.length === 0) return new Set();
  const rows = await tx.select<{ donate_id: Buffer }>(sql, [donateIds.map(uuidToBytes)]);
  return new Set(rows.map((row) => bytesToUuid(row.donate_id)));
}

/** @throws a duplicate key where another worker was faster: the transaction is run again and finds its rows */
export async function insertGoalShares(tx: Transaction, shares: readonly GoalShare[]): Promise<void> {
  if (shares.length === 0) return;
  await tx.change('INSERT INTO goal_contributions (donate_id, user_id, goal_id, sum, created_at) VALUES ?', [
    shares.map((share) => [
      uuidToBytes(share.donateId),
      uuidToBytes(share.ownerId),
      share.goalId && uuidToBytes(share.goalId),
      share.sum.toString(),
      toSqlTime(share.at),
    ]),
  ]);
}

/** @throws a duplicate key where another worker was faster: the transaction is run again and finds its rows */
export async function insertDonorShares(tx: Transaction, shares: readonly DonorShare[]): Promise<void> {
  if (shares.length === 0) return;
  await tx.change('INSERT INTO donor_contributions (donate_id, user_id, client_id, sum, settled_at) VALUES ?', [
    shares.map((share) => [
      uuidToBytes(share.donateId),
      uuidToBytes(share.ownerId),
      uuidToBytes(share.clientId),
      share.sum.toString(),
      toSqlTime(share.at),
    ]),
  ]);
}
