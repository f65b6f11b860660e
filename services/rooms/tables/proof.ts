import { type Row, type Transaction, toSqlTime } from '../../../shared/database.ts';
import { bytesToUuid } from '../../../shared/ids.ts';
import type { Counted, Fault } from '../../../shared/proof.ts';

/** The rooms' money added up for the proof, a page a call. Every function is given one snapshot. */
export const DONATIONS_PAGE_ROWS = 50_000;
export const TOTALS_PAGE_ROWS = 5_000;
/** Rooms have any number of donors each. */
export const ROOMS_PAGE_ROWS = 200;
/** Goals have any number of donations each. */
export const GOALS_PAGE_ROWS = 200;
const MAXIMUM_NAMED_ROWS = 20;

type Group = Row & Counted & { number: string; last: Buffer };
const id = (after: Buffer | null, limit: number) => [...(after ? [after] : []), limit];

/**
 * Donations by status, each beside what goals and totals have counted of it. What settled, or ended otherwise, at
 * `before` or later is "younger"; what changed since then may not have been counted yet. `returned`: those that went
 * back before.
 */
export function countDonations(tx: Transaction, after: Buffer | null, before: Date) {
  type Share = { donors: string; donor_sum: string | null; goals: string; goal_sum: string | null };
  type Returned = { returned: string; returned_sum: string };
  return tx.select<Group & Share & Returned & { wrong: string }>(
    `SELECT CONCAT(IF(is_younger, 'younger ', ''), status, ' donations') AS name, currency, COUNT(*) AS number,
       SUM(sum) AS sum, SUM(CRC32(id)) AS checksum, COUNT(donor_sum) AS donors, SUM(donor_sum) AS donor_sum,
       COUNT(goal_sum) AS goals, SUM(goal_sum) AS goal_sum,
       SUM(is_returned) AS returned, SUM(is_returned * sum) AS returned_sum, SUM(is_wrong) AS wrong, MAX(id) AS last
     FROM (${besideShares(after)}) page GROUP BY name, currency`,
    [...times(before), ...id(after, DONATIONS_PAGE_ROWS)],
  );
}

const times = (before: Date) => [toSqlTime(before), toSqlTime(before)];

export async function wrongDonations(tx: Transaction, after: Buffer | null, before: Date): Promise<Fault[]> {
  const rows = await tx.select<
    Row & { id: Buffer; status: string; sum: string; donor_sum: string | null; goal_sum: string | null }
  >(`SELECT * FROM (${besideShares(after)}) page WHERE is_wrong LIMIT ${MAXIMUM_NAMED_ROWS}`, [
    ...times(before),
    ...id(after, DONATIONS_PAGE_ROWS),
  ]);
  return rows.map((row) => ({
    what: row.status === 'pending' ? 'a donation has no end' : 'a donation is not counted as it is',
    id: bytesToUuid(row.id),
    detail:
      `${row.status}, ${row.sum} minor units; counted for its donor: ${row.donor_sum ?? 'never'}, ` +
      `for the goals: ${row.goal_sum ?? 'never'}`,
  }));
}

function besideShares(after: Buffer | null): string {
  return `
    SELECT d.*, c.sum AS donor_sum, g.sum AS goal_sum, d.status = 'refunded' AND NOT d.is_changed AS is_returned,
      IF(d.status = 'refunded', COALESCE(c.settled_at >= ?, d.is_changed), d.is_changed) AS is_younger,
      NOT d.is_changed AND CASE d.status
        WHEN 'rejected' THEN c.sum IS NOT NULL OR g.sum IS NOT NULL
        WHEN 'pending' THEN TRUE
        ELSE NOT (d.sum <=> c.sum AND d.sum <=> g.sum AND d.owner_id <=> c.user_id
          AND d.from_uuid <=> c.client_id AND d.owner_id <=> g.user_id)
          OR (d.status = 'refunded') <> (c.refunded_at IS NOT NULL)
          OR (d.status = 'refunded') <> (g.refunded_at IS NOT NULL) END AS is_wrong
    FROM (SELECT id, owner_id, from_uuid, sum, currency, status, updated_at >= ? AS is_changed FROM donations
      ${after ? 'WHERE id > ?' : ''} ORDER BY id LIMIT ?) d
    LEFT JOIN donor_contributions c ON c.donate_id = d.id
    LEFT JOIN goal_contributions g ON g.donate_id = d.id`;
}

const SHARES = { donor: 'donor_contributions', goal: 'goal_contributions' } as const;

/** All that was ever counted for donors or goals, with or without a donation behind it. */
export function countShares(tx: Transaction, kind: keyof typeof SHARES, after: Buffer | null) {
  return tx.select<Row & { number: string; sum: string | null; last: Buffer }>(
    `SELECT COUNT(*) AS number, SUM(sum) AS sum, MAX(donate_id) AS last FROM (
       SELECT donate_id, sum FROM ${SHARES[kind]} ${after ? 'WHERE donate_id > ?' : ''} ORDER BY donate_id LIMIT ?) page
     HAVING number > 0`,
    id(after, DONATIONS_PAGE_ROWS * 5),
  );
}

/** A donor's place in the totals: room and donor. */
export type TotalKey = readonly [Buffer, Buffer];

/** Running totals beside the sums of their contributions, but for what went back. */
export async function countTotals(tx: Transaction, after: TotalKey | null) {
  const rows = await tx.select<Row & { user_id: Buffer; client_id: Buffer; total: string; counted: string } & Money>(
    `SELECT t.user_id, t.client_id, t.currency, t.total, COALESCE(SUM(c.sum), 0) AS counted, COUNT(c.sum) AS number
     FROM (SELECT user_id, client_id, currency, total FROM donor_totals
       ${after ? 'WHERE user_id > ? OR (user_id = ? AND client_id > ?)' : ''} ORDER BY user_id, client_id LIMIT ?) t
     LEFT JOIN donor_contributions c ON c.user_id = t.user_id AND c.client_id = t.client_id AND c.refunded_at IS NULL
     GROUP BY t.user_id, t.client_id, t.currency, t.total ORDER BY t.user_id, t.client_id`,
    [...(after ? [after[0], after[0], after[1]] : []), TOTALS_PAGE_ROWS],
  );
  const last = rows.at(-1);
  return {
    page: { rows: rows.length, last: last ? ([last.user_id, last.client_id] as const) : null },
    totals: rows.map((row) => ({ ...row, isWrong: BigInt(row.total) !== BigInt(row.counted) })),
    faults: rows
      .filter((row) => BigInt(row.total) !== BigInt(row.counted))
      .map((row) => ({
        what: 'a total is not the sum of its donations',
        id: `${bytesToUuid(row.user_id)}/${bytesToUuid(row.client_id)}`,
        detail: `total ${row.total}, donations ${row.counted} (minor units, ${row.currency})`,
      })),
  };
}

interface Money {
  currency: string;
  number: string;
}

/** Rooms' totals beside their hours. */
export function countHours(tx: Transaction, after: Buffer | null) {
  return tx.select<Row & { user_id: Buffer; currency: string; total: string; hours: string }>(
    `SELECT r.user_id, COALESCE((SELECT MAX(currency) FROM donor_totals t WHERE t.user_id = r.user_id), 'XXX') AS currency,
       COALESCE((SELECT SUM(total) FROM donor_totals t WHERE t.user_id = r.user_id), 0) AS total,
       COALESCE((SELECT SUM(total) FROM donor_hours h WHERE h.user_id = r.user_id), 0) AS hours
     FROM (SELECT user_id FROM sponsor_tops ${after ? 'WHERE user_id > ?' : ''} ORDER BY user_id LIMIT ?) r
     ORDER BY r.user_id`,
    id(after, ROOMS_PAGE_ROWS),
  );
}

/** Goals beside the sums of their contributions: of all, and of those that did not go back. */
export function countGoals(tx: Transaction, after: Buffer | null) {
  return tx.select<
    Row & {
      id: Buffer;
      currency: string;
      sum: string;
      given: string;
      kept: string;
      require_sum: string;
      is_ended: number;
    }
  >(
    `SELECT g.id, g.currency, g.sum, g.require_sum, g.is_ended, COALESCE(SUM(c.sum), 0) AS given,
       COALESCE(SUM(IF(c.refunded_at IS NULL, c.sum, 0)), 0) AS kept
     FROM (SELECT id, currency, sum, require_sum, ended_by IS NOT NULL AS is_ended FROM goals
       ${after ? 'WHERE id > ?' : ''} ORDER BY id LIMIT ?) g
     LEFT JOIN goal_contributions c ON c.goal_id = g.id
     GROUP BY g.id, g.currency, g.sum, g.require_sum, g.is_ended ORDER BY g.id`,
    id(after, GOALS_PAGE_ROWS),
  );
}
