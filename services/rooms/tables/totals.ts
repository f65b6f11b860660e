import { type Parameter, type Row, type Transaction, toSqlTime } from '../../../shared/database.ts';
import { bytesToUuid, uuidToBytes } from '../../../shared/ids.ts';
import type { Contribution } from '../contribution.ts';

type DonorSum = Pick<Contribution, 'ownerId' | 'clientId' | 'name' | 'sum' | 'currency' | 'at'>;

/** Running totals of some donors of some rooms: room → donor → minor units. To be read under the lock of `lockTops`. */
export async function donorTotals(
  tx: Transaction,
  wanted: ReadonlyMap<string, ReadonlySet<string>>,
): Promise<Map<string, Map<string, bigint>>> {
  const totals = new Map([...wanted.keys()].map((ownerId) => [ownerId, new Map<string, bigint>()]));
  if (wanted.size === 0) return totals;
  const either = [...wanted].map(() => '(user_id = ? AND client_id IN (?))').join(' OR ');
  const parameters: Parameter[] = [...wanted].flatMap(([ownerId, clientIds]) => [
    uuidToBytes(ownerId),
    [...clientIds].map(uuidToBytes),
  ]);
  const rows = await tx.select<Row & { user_id: Buffer; client_id: Buffer; total: string }>(
    `SELECT user_id, client_id, total FROM donor_totals WHERE ${either}`,
    parameters,
  );
  for (const row of rows) totals.get(bytesToUuid(row.user_id))?.set(bytesToUuid(row.client_id), BigInt(row.total));
  return totals;
}

/** Adds to the running totals, all and by the hour; a sum below zero takes away. `VALUES(total)` is a BIGINT, so the addition is exact. */
export async function addToTotals(tx: Transaction, sums: readonly DonorSum[]): Promise<void> {
  if (sums.length === 0) return;
  const ids = (one: DonorSum) => [uuidToBytes(one.ownerId), uuidToBytes(one.clientId)] as const;
  await tx.change(
    `INSERT INTO donor_totals (user_id, client_id, name, total, currency) VALUES ?
     ON DUPLICATE KEY UPDATE total = total + VALUES(total), name = IF(VALUES(name) = '', name, VALUES(name))`,
    [sums.map((one) => [...ids(one), one.name, one.sum.toString(), one.currency])],
  );
  await tx.change(
    `INSERT INTO donor_hours (user_id, client_id, hour, total) VALUES ?
     ON DUPLICATE KEY UPDATE total = total + VALUES(total)`,
    [sums.map((one) => [...ids(one), hourOf(one.at), one.sum.toString()])],
  );
}

export interface Leader {
  readonly clientId: string;
  readonly name: string;
  readonly total: bigint;
  readonly currency: string;
}

/** The donors who gave most to a room, ever or in the hours from `since` on; what went back is not counted. */
export async function leaders(tx: Transaction, ownerId: string, since: Date | null, limit: number): Promise<Leader[]> {
  const rows = await (since ? leadersSince(tx, ownerId, since, limit) : leadersEver(tx, ownerId, limit));
  return rows.map((row) => ({
    clientId: bytesToUuid(row.client_id),
    name: row.name,
    total: BigInt(row.total),
    currency: row.currency,
  }));
}

type LeaderRow = Row & { client_id: Buffer; name: string; total: string; currency: string };

function leadersEver(tx: Transaction, ownerId: string, limit: number): Promise<LeaderRow[]> {
  return tx.select<LeaderRow>(
    `SELECT client_id, name, total, currency FROM donor_totals WHERE user_id = ? AND total > 0
     ORDER BY total DESC, client_id LIMIT ?`,
    [uuidToBytes(ownerId), limit],
  );
}

function leadersSince(tx: Transaction, ownerId: string, since: Date, limit: number): Promise<LeaderRow[]> {
  return tx.select<LeaderRow>(
    `SELECT hours.client_id, donor.name, hours.given AS total, donor.currency FROM (
       SELECT client_id, SUM(total) AS given FROM donor_hours WHERE user_id = ? AND hour >= ?
       GROUP BY client_id HAVING given > 0 ORDER BY given DESC, client_id LIMIT ?) hours
     JOIN donor_totals donor ON donor.user_id = ? AND donor.client_id = hours.client_id
     ORDER BY hours.given DESC, hours.client_id`,
    [uuidToBytes(ownerId), hourOf(since), limit, uuidToBytes(ownerId)],
  );
}

function hourOf(time: Date | string): string {
  return `${toSqlTime(time).slice(0, 13)}:00:00`;
}
