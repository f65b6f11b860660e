import { type Row, toSqlTime, type Transaction } from '../../../shared/database.ts';
import { bytesToUuid } from '../../../shared/ids.ts';
import type { Difference, Differences } from './rebuild.ts';

/**
 * What was counted of each donation. Which donations were counted is a source, since the same rows keep a group from
 * counting one twice; what they say of a donation follows from the donation.
 */
export type Shares = 'donor' | 'goal';

const MAXIMUM_NAMED_ROWS = 20;

const SHARES = {
  donor: {
    table: 'donor_contributions',
    columns: { user_id: 'd.owner_id', client_id: 'd.from_uuid', sum: 'd.sum' },
    at: 'settled_at',
  },
  goal: {
    table: 'goal_contributions',
    columns: { user_id: 'd.owner_id', sum: 'd.sum' },
    at: 'created_at',
  },
} as const;

const PAID = "d.status IN ('settled', 'refunded')";
/** A donation that went back no longer says when it settled. */
const timeOf = (own: string) => `IF(d.status = 'settled', d.updated_at, ${own})`;

function sourcesOf(shares: Shares): readonly (readonly [own: string, source: string])[] {
  const { columns, at } = SHARES[shares];
  return [...Object.entries(columns), [at, timeOf(`c.${at}`)]];
}

const isOther = (shares: Shares) =>
  sourcesOf(shares)
    .map(([own, source]) => `NOT (c.${own} <=> ${source})`)
    .join(' OR ');

/** Contributions that do not say what their donation says. */
export async function wrongShares(tx: Transaction, shares: Shares): Promise<Differences> {
  const { table } = SHARES[shares];
  const from = `${table} c JOIN donations d ON d.id = c.donate_id WHERE ${PAID} AND (${isOther(shares)})`;
  const rows = await tx.select<Row & { donate_id: Buffer; sum: string; given: string }>(
    `SELECT c.donate_id, c.sum, d.sum AS given FROM ${from} LIMIT ${MAXIMUM_NAMED_ROWS}`,
  );
  const [count] = await tx.select<{ n: string }>(`SELECT COUNT(*) AS n FROM ${from}`);
  const named = rows.map(({ donate_id, sum, given }) => {
    const detail = sum === given ? 'is not of the same room, donor or time' : `sum is ${sum}, not ${given}`;
    return { table, id: bytesToUuid(donate_id), detail };
  });
  return { named, inAll: Number(count?.n ?? 0) };
}

/** Corrects those in their place; to be called while their writers are held off. */
export async function correctShares(tx: Transaction, shares: Shares): Promise<void> {
  const { table } = SHARES[shares];
  const set = sourcesOf(shares).map(([own, source]) => `c.${own} = ${source}`);
  await tx.change(
    `UPDATE ${table} c JOIN donations d ON d.id = c.donate_id SET ${set.join(', ')}
     WHERE ${PAID} AND (${isOther(shares)})`,
  );
}

/**
 * Donations settled before a time that were never counted, counted ones that never settled, and such as went back and are
 * still counted. A rebuild mends none of them: an event was missed or is still on its way, and whoever hears it counts it.
 */
export async function missedShares(tx: Transaction, shares: Shares, before: Date): Promise<Difference[]> {
  const { table, at } = SHARES[shares];
  const rows = await tx.select<Row & { id: Buffer; detail: string }>(
    `(SELECT d.id, 'a settled donation that is not counted' AS detail FROM donations d
       LEFT JOIN ${table} c ON c.donate_id = d.id
       WHERE ${PAID} AND d.updated_at < ? AND c.donate_id IS NULL LIMIT ${MAXIMUM_NAMED_ROWS})
     UNION ALL
     (SELECT c.donate_id, 'is counted, but its donation has not settled' FROM ${table} c
       LEFT JOIN donations d ON d.id = c.donate_id
       WHERE c.${at} < ? AND (d.id IS NULL OR d.status IN ('pending', 'rejected')) LIMIT ${MAXIMUM_NAMED_ROWS})
     UNION ALL
     (SELECT d.id, 'went back, and is still counted' FROM donations d JOIN ${table} c ON c.donate_id = d.id
       WHERE d.status = 'refunded' AND d.updated_at < ? AND c.refunded_at IS NULL LIMIT ${MAXIMUM_NAMED_ROWS})`,
    [toSqlTime(before), toSqlTime(before), toSqlTime(before)],
  );
  return rows.map(({ id, detail }) => ({ table, id: bytesToUuid(id), detail }));
}
