import type { Row, Transaction } from '../../../shared/database.ts';
import { bytesToUuid, uuidToBytes } from '../../../shared/ids.ts';
import { eachPage } from '../../../shared/proof.ts';
import { decideTop, type Top } from '../rebuild-top.ts';
import { insertRebuilt, type RebuiltTable } from './rebuild.ts';

export const totalsTables: readonly RebuiltTable[] = [
  { name: 'donor_totals', key: ['user_id', 'client_id'], compared: ['total'] },
  { name: 'donor_hours', key: ['user_id', 'hour', 'client_id'], compared: ['total'] },
];
export const topsTables: readonly RebuiltTable[] = [
  { name: 'sponsor_tops', key: ['user_id'], compared: ['client_id', 'version'] },
];

const DONORS_PAGE_ROWS = 1_000;
const ROOMS_PAGE_ROWS = 50;

/** True of what was counted at some time. */
const COUNTED = 'NOT (refunded_at <=> settled_at)';
const KEPT = 'IF(c.refunded_at IS NULL, c.sum, 0)';

type DonorKey = readonly [Buffer, Buffer];

/**
 * Totals and hours from the contributions. What went back counts 0; where it went back before it was counted, which has
 * left one time for both, it leaves no row. A donor's name is the one that stands, or else the newest that is known.
 */
export async function buildTotals(tx: Transaction): Promise<void> {
  await eachPage<DonorKey>(DONORS_PAGE_ROWS, async (after) => {
    const donors = `(SELECT DISTINCT user_id, client_id FROM donor_contributions
      WHERE ${COUNTED} ${after ? 'AND (user_id > ? OR (user_id = ? AND client_id > ?))' : ''}
      ORDER BY user_id, client_id LIMIT ${DONORS_PAGE_ROWS}) k
      JOIN donor_contributions c ON c.user_id = k.user_id AND c.client_id = k.client_id WHERE ${COUNTED}`;
    const parameters = after ? [after[0], after[0], after[1]] : [];
    const totals = await tx.select<
      Row & { user_id: Buffer; client_id: Buffer; name: string; total: string; currency: string }
    >(
      `SELECT g.user_id, g.client_id, g.total,
         COALESCE(NULLIF(t.name, ''), NULLIF(one.name, ''), NULLIF(other.name, ''), '') AS name,
         COALESCE(t.currency, (SELECT d.currency FROM donations d WHERE d.id = g.some), 'XXX') AS currency
       FROM (SELECT c.user_id, c.client_id, SUM(${KEPT}) AS total, MAX(c.donate_id) AS some FROM ${donors}
         GROUP BY c.user_id, c.client_id) g
       LEFT JOIN donor_totals t ON t.user_id = g.user_id AND t.client_id = g.client_id
       LEFT JOIN clients one ON one.uuid = g.client_id LEFT JOIN users other ON other.uuid = g.client_id
       ORDER BY g.user_id, g.client_id`,
      parameters,
    );
    await insertRebuilt(
      tx,
      'donor_totals',
      ['user_id', 'client_id', 'name', 'total', 'currency'],
      totals.map((row) => [row.user_id, row.client_id, row.name, row.total, row.currency]),
    );
    const hours = await tx.select<Row & { user_id: Buffer; client_id: Buffer; hour: string; total: string }>(
      `SELECT c.user_id, c.client_id, DATE_FORMAT(c.settled_at, '%Y-%m-%d %H:00:00') AS hour, SUM(${KEPT}) AS total
       FROM ${donors} GROUP BY c.user_id, c.client_id, hour`,
      parameters,
    );
    await insertRebuilt(
      tx,
      'donor_hours',
      ['user_id', 'hour', 'client_id', 'total'],
      hours.map((row) => [row.user_id, row.hour, row.client_id, row.total]),
    );
    const last = totals.at(-1);
    return { rows: totals.length, last: last ? ([last.user_id, last.client_id] as const) : null };
  });
}

interface WinnerRow extends Row {
  user_id: Buffer;
  client_id: Buffer | null;
  holder: Buffer | null;
  version: string | null;
  told_holder: Buffer | null;
  told_version: string | null;
}

/**
 * Who has given most, room by room. Of several with the same sum the one who stands as holder keeps the title; else the
 * one whose last donation settled first, since whoever comes later only draws level. Where all went back nobody has it.
 */
export async function buildTops(tx: Transaction): Promise<void> {
  await eachPage<Buffer>(ROOMS_PAGE_ROWS, async (after) => {
    const rows = await tx.select<WinnerRow>(
      `SELECT w.user_id, IF(w.total > 0, w.client_id, NULL) AS client_id, top.client_id AS holder, top.version, told.client_id AS told_holder,
         told.version AS told_version
       FROM (SELECT g.*, ROW_NUMBER() OVER (PARTITION BY user_id
           ORDER BY total DESC, is_holder DESC, reached_at, client_id) AS place
         FROM (SELECT c.user_id, c.client_id, SUM(${KEPT}) AS total, MAX(c.settled_at) AS reached_at,
             MAX(c.client_id <=> top.client_id) AS is_holder
           FROM (SELECT DISTINCT user_id FROM donor_contributions ${after ? 'WHERE user_id > ?' : ''}
             ORDER BY user_id LIMIT ${ROOMS_PAGE_ROWS}) r
           JOIN donor_contributions c ON c.user_id = r.user_id
           LEFT JOIN sponsor_tops top ON top.user_id = r.user_id GROUP BY c.user_id, c.client_id) g) w
       LEFT JOIN sponsor_tops top ON top.user_id = w.user_id
       LEFT JOIN sponsors told ON told.user_id = w.user_id
         AND told.version = (SELECT MAX(s.version) FROM sponsors s WHERE s.user_id = w.user_id)
       WHERE w.place = 1 ORDER BY w.user_id`,
      after ? [after] : [],
    );
    const tops = rows.map((row) => {
      const standing = toTop(row.holder, row.version);
      const { holder, version } = decideTop(
        standing,
        toTop(row.told_holder, row.told_version),
        row.client_id && bytesToUuid(row.client_id),
      );
      return [row.user_id, holder && uuidToBytes(holder), version];
    });
    await insertRebuilt(tx, 'sponsor_tops', ['user_id', 'client_id', 'version'], tops);
    return { rows: rows.length, last: rows.at(-1)?.user_id ?? null };
  });
}

function toTop(holder: Buffer | null, version: string | null): Top | null {
  return version === null ? null : { holder: holder && bytesToUuid(holder), version: Number(version) };
}
