import type { Database, Transaction } from '../../shared/database.ts';
import { buildGoals, goalsTables } from './tables/rebuild-goals.ts';
import { buildHistory, historyTables, lateTable } from './tables/rebuild-history.ts';
import { correctShares, missedShares, type Shares, wrongShares } from './tables/rebuild-shares.ts';
import { buildTops, buildTotals, topsTables, totalsTables } from './tables/rebuild-totals.ts';
import {
  compareRebuilt,
  createRebuilt,
  type Difference,
  dropRebuilt,
  holdWriters,
  joinDifferences,
  rebuildAlone,
  type RebuiltTable,
  swapRebuilt,
  type Wanted,
} from './tables/rebuild.ts';

/** A table, or several, that follow from others and can be built again out of them. */
interface Projection {
  readonly tables: readonly RebuiltTable[];
  /** Tables that are needed on the way only. */
  readonly staging: readonly Wanted[];
  /** What every writer's transaction writes to first: see `holdWriters`. */
  readonly gates: readonly string[];
  /** The contributions that it is built out of; null where there are none. */
  readonly shares: Shares | null;
  build(tx: Transaction): Promise<void>;
}

/** How they are built, and what cannot be told from the tables, is in docs/runbook.md, "Rebuild a projection". */
const projections = {
  history: {
    ...{ tables: historyTables, staging: [lateTable], gates: ['messages', 'donations', 'sponsors'], shares: null },
    build: buildHistory,
  },
  totals: { tables: totalsTables, staging: [], gates: ['sponsor_tops'], shares: 'donor', build: buildTotals },
  sponsors: { tables: topsTables, staging: [], gates: ['sponsor_tops'], shares: 'donor', build: buildTops },
  goals: { tables: goalsTables, staging: [], gates: ['goal_boards'], shares: 'goal', build: buildGoals },
} as const satisfies Record<string, Projection>;

export type ProjectionName = keyof typeof projections;
export const projectionNames = Object.keys(projections) as readonly ProjectionName[];

export interface Rebuilt {
  /** The first 20 of each kind. */
  readonly differences: readonly Difference[];
  readonly differencesInAll: number;
  /** What is wrong and no rebuild mends: events that were missed, or that somebody has yet to handle. */
  readonly beyond: readonly Difference[];
}

/** What was settled later than this before now may not have been counted by every group yet. */
const SETTLING_MS = 60_000;

/**
 * Builds a projection beside the one that stands and tells where they differ. Nobody is held off and nothing is
 * changed: all is read in one snapshot. @param database of an account that may create tables
 */
export async function checkProjection(database: Database, name: ProjectionName, now: Date): Promise<Rebuilt> {
  const projection: Projection = projections[name];
  return withRebuilt(database, projection, () => build(database, projection, now));
}

/**
 * Builds a projection while its writers are held off and puts it in the place of the one that stands. It tells nobody:
 * no frame, no event, nothing in the outbox. @param database of an account that may create, lock and rename tables
 */
export async function swapProjection(database: Database, name: ProjectionName, now: Date): Promise<Rebuilt> {
  const projection: Projection = projections[name];
  const { tables, gates, shares } = projection;
  return withRebuilt(database, projection, () =>
    holdWriters(database, gates, async (release) => {
      const wrong = shares && (await wrongShares(database, shares));
      if (shares && wrong && wrong.inAll > 0) await correctShares(database, shares);
      const rebuilt = await build(database, projection, now);
      const names = tables.map((table) => table.name);
      await swapRebuilt(database, names, gates, release);
      if (!wrong) return rebuilt;
      return {
        ...rebuilt,
        differences: [...wrong.named, ...rebuilt.differences],
        differencesInAll: wrong.inAll + rebuilt.differencesInAll,
      };
    }),
  );
}

async function withRebuilt(
  database: Database,
  { tables, staging }: Projection,
  work: () => Promise<Rebuilt>,
): Promise<Rebuilt> {
  const wanted = [...tables.map(({ name }) => ({ name, like: name })), ...staging];
  return rebuildAlone(database, async () => {
    await createRebuilt(database, wanted);
    try {
      return await work();
    } finally {
      await dropRebuilt(database, wanted);
    }
  });
}

function build(database: Database, { tables, shares, build: fill }: Projection, now: Date): Promise<Rebuilt> {
  return database.snapshot(async (tx) => {
    await fill(tx);
    const found = shares ? [await wrongShares(tx, shares)] : [];
    for (const table of tables) found.push(await compareRebuilt(tx, table));
    const { named, inAll } = joinDifferences(found);
    const beyond = shares ? await missedShares(tx, shares, new Date(now.getTime() - SETTLING_MS)) : [];
    return { differences: named, differencesInAll: inAll, beyond };
  });
}
