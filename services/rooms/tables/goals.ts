import { type Parameter, type Row, type Transaction, fromSqlTime, toSqlTime } from '../../../shared/database.ts';
import { bytesToUuid, uuidToBytes } from '../../../shared/ids.ts';
import type { Goal } from '../goals.ts';

/** A goal with the room that it belongs to. */
export interface RoomGoal {
  readonly ownerId: string;
  readonly goal: Goal;
}

/** Locks the boards of rooms, in id order, and makes missing ones: room → version. */
export async function lockBoards(tx: Transaction, ownerIds: readonly string[]): Promise<Map<string, number>> {
  const ids = [...new Set(ownerIds)].sort().map(uuidToBytes);
  if (ids.length === 0) return new Map();
  await tx.change('INSERT INTO goal_boards (user_id, version) VALUES ? ON DUPLICATE KEY UPDATE user_id = user_id', [
    ids.map((id) => [id, 0]),
  ]);
  const rows = await tx.select<Row & { user_id: Buffer; version: string }>(
    'SELECT user_id, version FROM goal_boards WHERE user_id IN (?) ORDER BY user_id FOR UPDATE',
    [ids],
  );
  return new Map(rows.map((row) => [bytesToUuid(row.user_id), Number(row.version)]));
}

export async function saveBoards(tx: Transaction, versions: ReadonlyMap<string, number>): Promise<void> {
  if (versions.size === 0) return;
  await tx.change(
    'INSERT INTO goal_boards (user_id, version) VALUES ? ON DUPLICATE KEY UPDATE version = VALUES(version)',
    [[...versions].map(([ownerId, version]) => [uuidToBytes(ownerId), version])],
  );
}

interface GoalRow extends Row {
  id: Buffer;
  user_id: Buffer;
  name: string;
  sum: string;
  require_sum: string;
  currency: string;
  version: string;
  ended_by: Buffer | null;
  created_at: string;
}

/** Rooms' open goals in the order in which they were set, `limit` of each room at most. */
export async function openGoals(
  tx: Transaction,
  ownerIds: readonly string[],
  limit: number,
): Promise<Map<string, Goal[]>> {
  if (ownerIds.length === 0) return new Map();
  const rows = await tx.select<GoalRow>(
    `SELECT * FROM (
       SELECT goals.*, ROW_NUMBER() OVER (PARTITION BY user_id ORDER BY position) AS place
       FROM goals WHERE user_id IN (?) AND ended_by IS NULL) placed
     WHERE place <= ? ORDER BY position`,
    [ownerIds.map(uuidToBytes), limit],
  );
  const rooms = Map.groupBy(rows.map(toRoomGoal), ({ ownerId }) => ownerId);
  return new Map([...rooms].map(([ownerId, goals]) => [ownerId, goals.map(({ goal }) => goal)]));
}

/** The goal that a room is filling and the one that it reached last, both as of one instant. */
export async function shownGoals(
  tx: Transaction,
  ownerId: string,
): Promise<{ readonly open: Goal | null; readonly ended: Goal | null }> {
  const rows = await tx.select<GoalRow>(
    `(SELECT * FROM goals WHERE user_id = ? AND ended_by IS NULL ORDER BY position LIMIT 1) UNION ALL
     (SELECT * FROM goals WHERE user_id = ? AND ended_by IS NOT NULL ORDER BY version DESC LIMIT 1)`,
    [uuidToBytes(ownerId), uuidToBytes(ownerId)],
  );
  const goals = rows.map((row) => toRoomGoal(row).goal);
  return {
    open: goals.find((goal) => goal.endedBy === null) ?? null,
    ended: goals.find((goal) => goal.endedBy !== null) ?? null,
  };
}

export async function savedGoals(tx: Transaction, goalIds: readonly string[]): Promise<ReadonlySet<string>> {
  if (goalIds.length === 0) return new Set();
  const rows = await tx.select<{ id: Buffer }>('SELECT id FROM goals WHERE id IN (?)', [goalIds.map(uuidToBytes)]);
  return new Set(rows.map((row) => bytesToUuid(row.id)));
}

/** @throws a duplicate key where another worker was faster: the transaction is run again and finds its rows */
export async function insertGoals(tx: Transaction, goals: readonly RoomGoal[]): Promise<void> {
  if (goals.length === 0) return;
  const rows = goals.map(({ ownerId, goal }) => [
    uuidToBytes(goal.id),
    uuidToBytes(ownerId),
    goal.name,
    goal.sum.toString(),
    goal.requireSum.toString(),
    goal.currency,
    goal.version,
    toSqlTime(goal.createdAt),
    toSqlTime(goal.createdAt),
  ]);
  await tx.change(
    'INSERT INTO goals (id, user_id, name, sum, require_sum, currency, version, created_at, updated_at) VALUES ?',
    [rows],
  );
}

interface ChangedGoal extends RoomGoal {
  readonly at: string;
}

/**
 * Writes what has changed of goals that have a row; whoever ended a goal first stays. An UPDATE, since an insert that
 * meets the key of `id` locks the gap before it too, where another may be setting a goal, and uses up a `position`.
 */
export async function updateGoals(tx: Transaction, goals: readonly ChangedGoal[]): Promise<void> {
  if (goals.length === 0) return;
  const own = `CASE id ${goals.map(() => 'WHEN ? THEN ?').join(' ')} END`;
  const each = (value: (changed: ChangedGoal) => Parameter) =>
    goals.flatMap((changed) => [uuidToBytes(changed.goal.id), value(changed)]);
  await tx.change(
    `UPDATE goals FORCE INDEX (goals_id_unique) SET sum = ${own}, version = ${own},
       ended_by = COALESCE(ended_by, ${own}), ended_at = COALESCE(ended_at, ${own}), updated_at = ${own}
     WHERE id IN (?)`,
    [
      ...each(({ goal }) => goal.sum),
      ...each(({ goal }) => goal.version),
      ...each(({ goal }) => goal.endedBy && uuidToBytes(goal.endedBy)),
      ...each(({ goal, at }) => goal.endedBy && toSqlTime(at)),
      ...each(({ at }) => toSqlTime(at)),
      goals.map(({ goal }) => uuidToBytes(goal.id)),
    ],
  );
}

function toRoomGoal(row: GoalRow): RoomGoal {
  return {
    ownerId: bytesToUuid(row.user_id),
    goal: {
      id: bytesToUuid(row.id),
      name: row.name,
      sum: BigInt(row.sum),
      requireSum: BigInt(row.require_sum),
      currency: row.currency,
      version: Number(row.version),
      endedBy: row.ended_by && bytesToUuid(row.ended_by),
      createdAt: fromSqlTime(row.created_at),
    },
  };
}
