import type { Database } from '../../shared/database.ts';
import type { Logger } from '../../shared/logger.ts';
import { counter, gauge } from '../../shared/metrics.ts';
import { untilCaughtUp } from './replica.ts';
import { checkTotals, type CheckedTotal, type TotalPlace, wrongHolders } from './tables/reconciliation.ts';

const PAGE_ROWS = 1_000;
const MAXIMUM_REPORTED_ROOMS = 100;

const rounds = counter('rostra_reconcile_rounds_total', 'Rounds of the reconciler, by how they ended', ['outcome']);
const differing = gauge('rostra_reconcile_differences', 'What the last round found wrong', ['kind']);

export interface Reconciled {
  readonly checked: number;
  readonly wrongTotals: readonly CheckedTotal[];
  /** Rooms whose title is held by somebody who has not given most. */
  readonly wrongRooms: readonly string[];
}

/**
 * Holds the running totals and the titles against the donations that they come from, on the replica, so that the check
 * costs the primary nothing. It repairs nothing: a difference is a bug, and the log and the metric say where.
 * @returns null where the replica is behind and the round was skipped
 */
export async function reconcile(primary: Database, replica: Database, log: Logger): Promise<Reconciled | null> {
  if (!(await untilCaughtUp(primary, replica))) {
    rounds.inc({ outcome: 'skipped' });
    log.warn('the replica is behind; this round of the reconciler is skipped');
    return null;
  }
  const { checked, wrongTotals } = await checkAllTotals(replica);
  const wrongRooms = await wrongHolders(replica, MAXIMUM_REPORTED_ROOMS);
  rounds.inc({ outcome: 'done' });
  differing.set({ kind: 'total' }, wrongTotals.length);
  differing.set({ kind: 'holder' }, wrongRooms.length);
  for (const { ownerId, clientId, total, counted } of wrongTotals) {
    log.error({ ownerId, clientId, total: `${total}`, counted: `${counted}` }, 'a total is not that of its donations');
  }
  for (const ownerId of wrongRooms) log.error({ ownerId }, 'the holder of the title has not given most');
  return { checked, wrongTotals, wrongRooms };
}

async function checkAllTotals(replica: Database) {
  const wrongTotals: CheckedTotal[] = [];
  let checked = 0;
  let after: TotalPlace | null = null;
  for (;;) {
    const page: CheckedTotal[] = await checkTotals(replica, after, PAGE_ROWS);
    checked += page.length;
    wrongTotals.push(
      ...page.filter(({ total, counted }) => total !== counted).slice(0, PAGE_ROWS - wrongTotals.length),
    );
    if (page.length < PAGE_ROWS) return { checked, wrongTotals };
    after = page.at(-1) ?? null;
  }
}
