import type { Parameter, Row, Transaction } from '../../../shared/database.ts';
import { eachPage } from '../../../shared/proof.ts';
import { decideRebuiltGoal, type StandingGoal } from '../rebuild-goal.ts';
import { insertRebuilt, type RebuiltTable } from './rebuild.ts';

export const goalsTables: readonly RebuiltTable[] = [
  { name: 'goals', key: ['id'], compared: ['sum', 'ended_by', 'ended_at'] },
];

const GOALS_PAGE_ROWS = 200;
const TAKEN_OVER = [
  'position',
  'id',
  'user_id',
  'name',
  'require_sum',
  'currency',
  'version',
  'created_at',
  'updated_at',
];

interface GoalRow extends Row {
  position: string;
  id: Buffer;
  sum: string;
  require_sum: string;
  ended_by: Buffer | null;
  given: string;
  kept: string;
  at_end: string;
}
type Ending = Row & { goal_id: Buffer; donate_id: Buffer; created_at: string };

/**
 * Goals with the sums of their contributions: see `decideRebuiltGoal`. A goal was ended by the donation that stands
 * there, if without that one it would still be open, else by the last such one.
 */
export async function buildGoals(tx: Transaction): Promise<void> {
  await eachPage<string>(GOALS_PAGE_ROWS, async (after) => {
    const goals = await tx.select<GoalRow>(
      `SELECT g.*, COALESCE(SUM(c.sum), 0) AS given, COALESCE(SUM(IF(c.refunded_at IS NULL, c.sum, 0)), 0) AS kept,
         COALESCE(SUM(IF(COALESCE(c.refunded_at > g.last_at, TRUE), c.sum, 0)), 0) AS at_end
       FROM (SELECT goals.*, (SELECT MAX(l.created_at) FROM goal_contributions l WHERE l.goal_id = goals.id) AS last_at
         FROM goals WHERE position > ? ORDER BY position LIMIT ${GOALS_PAGE_ROWS}) g
       LEFT JOIN goal_contributions c ON c.goal_id = g.id GROUP BY g.position ORDER BY g.position`,
      [after ?? '0'],
    );
    const decided = goals.map((goal) => ({ goal, ...decideRebuiltGoal(toStanding(goal)) }));
    const endings = await endingsOf(
      tx,
      decided.flatMap(({ goal, isEnded }) => (isEnded ? [goal] : [])),
    );
    const rows = decided.map(({ goal, sum }): Parameter[] => {
      const ending = endings.get(goal.id.toString('hex'));
      const kept = TAKEN_OVER.map((column) => goal[column] as Parameter);
      return [...kept, sum, ending?.donate_id ?? null, ending?.created_at ?? null];
    });
    await insertRebuilt(tx, 'goals', [...TAKEN_OVER, 'sum', 'ended_by', 'ended_at'], rows);
    return { rows: goals.length, last: goals.at(-1)?.position ?? null };
  });
}

function toStanding(row: GoalRow): StandingGoal {
  return {
    ...{ sum: BigInt(row.sum), requireSum: BigInt(row.require_sum), isEnded: row.ended_by !== null },
    ...{ given: BigInt(row.given), kept: BigInt(row.kept), atEnd: BigInt(row.at_end) },
  };
}

/** By goal, in hex: the donation that reached it. What went back before the last donation counts for no end. */
async function endingsOf(tx: Transaction, goals: readonly GoalRow[]): Promise<ReadonlyMap<string, Ending>> {
  if (goals.length === 0) return new Map();
  const atEnd = `CASE g.id ${goals.map(() => 'WHEN ? THEN ?').join(' ')} END`;
  const rows = await tx.select<Ending>(
    `SELECT goal_id, donate_id, created_at FROM (
       SELECT c.goal_id, c.donate_id, c.created_at, ROW_NUMBER() OVER (PARTITION BY c.goal_id
         ORDER BY c.donate_id <=> g.ended_by DESC, c.created_at DESC, c.donate_id DESC) AS place
       FROM goals g JOIN goal_contributions c ON c.goal_id = g.id
       WHERE g.id IN (?) AND ${atEnd} - c.sum < g.require_sum) placed WHERE place = 1`,
    [goals.map(({ id }) => id), ...goals.flatMap(({ id, at_end }) => [id, BigInt(at_end)])],
  );
  return new Map(rows.map((row) => [row.goal_id.toString('hex'), row]));
}
