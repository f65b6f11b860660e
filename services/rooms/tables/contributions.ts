import { fromSqlTime, type Parameter, type Row, type Transaction, toSqlTime } from '../../../shared/database.ts';
import { bytesToUuid, uuidToBytes } from '../../../shared/ids.ts';
import type { Contribution, Share } from '../contribution.ts';

/** A donation as it is counted for its donor. */
export interface DonorShare extends Share {
  /** When it was settled, RFC 3339: tells the hour that it counts for. */
  readonly settledAt: string;
}

/** A donation as it is counted for its goal; null where no goal was open. */
export interface GoalShare extends Share {
  readonly goalId: string | null;
}

type NewShare = Pick<Contribution, 'donateId' | 'ownerId' | 'clientId' | 'sum' | 'at'>;
type NewGoalShare = Omit<NewShare, 'clientId'> & { readonly goalId: string | null };

/** Donations that are counted, or were, or never will be: by id, those of the given that have a row. */
export async function donorShares(tx: Transaction, donateIds: readonly string[]): Promise<Map<string, DonorShare>> {
  const columns = 'donate_id, sum, settled_at, refunded_at';
  const rows = await sharesOf<{ settled_at: string }>(tx, columns, 'donor_contributions', donateIds);
  return new Map(
    rows.map((row) => [bytesToUuid(row.donate_id), { ...toShare(row), settledAt: fromSqlTime(row.settled_at) }]),
  );
}

/** The same for goals. */
export async function goalShares(tx: Transaction, donateIds: readonly string[]): Promise<Map<string, GoalShare>> {
  const columns = 'donate_id, sum, goal_id, refunded_at';
  const rows = await sharesOf<{ goal_id: Buffer | null }>(tx, columns, 'goal_contributions', donateIds);
  return new Map(
    rows.map((row) => [
      bytesToUuid(row.donate_id),
      { ...toShare(row), goalId: row.goal_id && bytesToUuid(row.goal_id) },
    ]),
  );
}

interface ShareRow extends Row {
  donate_id: Buffer;
  sum: string;
  refunded_at: string | null;
}

async function sharesOf<R>(tx: Transaction, columns: string, table: string, donateIds: readonly string[]) {
  if (donateIds.length === 0) return [];
  const sql = `SELECT ${columns} FROM ${table} WHERE donate_id IN (?)`;
  return tx.select<ShareRow & R>(sql, [donateIds.map(uuidToBytes)]);
}

function toShare({ sum, refunded_at }: ShareRow): Share {
  return { sum: BigInt(sum), isRefunded: refunded_at !== null };
}

/**
 * @param refunded true for donations whose refund came first: they count nothing, and never will
 * @throws a duplicate key where another worker was faster: the transaction is run again and finds its rows
 */
export async function insertGoalShares(
  tx: Transaction,
  shares: readonly NewGoalShare[],
  refunded = false,
): Promise<void> {
  if (shares.length === 0) return;
  await tx.change(
    'INSERT INTO goal_contributions (donate_id, user_id, goal_id, sum, created_at, refunded_at) VALUES ?',
    [
      shares.map(({ donateId, ownerId, goalId, sum, at }) => [
        uuidToBytes(donateId),
        uuidToBytes(ownerId),
        goalId && uuidToBytes(goalId),
        ...countedColumns(sum, at, refunded),
      ]),
    ],
  );
}

/** The same for donors. */
export async function insertDonorShares(tx: Transaction, shares: readonly NewShare[], refunded = false): Promise<void> {
  if (shares.length === 0) return;
  await tx.change(
    'INSERT INTO donor_contributions (donate_id, user_id, client_id, sum, settled_at, refunded_at) VALUES ?',
    [
      shares.map(({ donateId, ownerId, clientId, sum, at }) => [
        uuidToBytes(donateId),
        uuidToBytes(ownerId),
        uuidToBytes(clientId),
        ...countedColumns(sum, at, refunded),
      ]),
    ],
  );
}

function countedColumns(sum: bigint, at: string, refunded: boolean): Parameter[] {
  return [sum.toString(), toSqlTime(at), refunded ? toSqlTime(at) : null];
}

type Refunded = Pick<Contribution, 'donateId' | 'at'>;

/** Marks counted donations as given back. */
export async function refundDonorShares(tx: Transaction, refunds: readonly Refunded[]): Promise<void> {
  await markShares(tx, 'donor_contributions', refunds);
}

/** The same for goals. */
export async function refundGoalShares(tx: Transaction, refunds: readonly Refunded[]): Promise<void> {
  await markShares(tx, 'goal_contributions', refunds);
}

async function markShares(tx: Transaction, table: string, refunds: readonly Refunded[]): Promise<void> {
  for (const [at, together] of Map.groupBy(refunds, (one) => one.at)) {
    await tx.change(`UPDATE ${table} SET refunded_at = ? WHERE donate_id IN (?)`, [
      toSqlTime(at),
      together.map(({ donateId }) => uuidToBytes(donateId)),
    ]);
  }
}
