import type { Parameter, Row, Transaction } from '../../../shared/database.ts';
import { eachPage } from '../../../shared/proof.ts';
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

type GoalRow = Row & { position: string; counted: string; require_sum: string; ended_by: Buffer | null } & Row;
type Last = Row & { goal_id: Buffer; donate_id: Buffer; created_at: string };

/**
 * Goals with the sums of their contributions. A goal has ended where these reach what it asks for; ended by the donation
 * that stands there, if without that one it would still be open, else by the last such one.
 */
export async function buildGoals(tx: Transaction): Promise<void> {
  await eachPage<string>(GOALS_PAGE_ROWS, async (after) => {
    const goals = await tx.select<GoalRow & { id: Buffer }>(
      `SELECT g.*, COALESCE((SELECT SUM(c.sum) FROM goal_contributions c WHERE c.goal_id = g.id), 0) AS counted
       FROM (SELECT * FROM goals WHERE position > ? ORDER BY position LIMIT ${GOALS_PAGE_ROWS}) g ORDER BY g.position`,
      [after ?? '0'],
    );
    const reached = goals.filter(({ counted, require_sum }) => BigInt(counted) >= BigInt(require_sum));
    const endings = await endingsOf(tx, reached);
    const rows = goals.map((goal): Parameter[] => {
      const ending = endings.get(goal.id.toString('hex'));
      const kept = TAKEN_OVER.map((column) => goal[column] as Parameter);
      return [...kept, goal.counted, ending?.donate_id ?? null, ending?.created_at ?? null];
    });
    await insertRebuilt(tx, 'goals', [...TAKEN_OVER, 'sum', 'ended_by', 'ended_at'], rows);
    return { rows: goals.length, last: goals.at(-1)?.position ?? null };
  });
}

/** By goal, in hex: the donation that reached it. */
async function endingsOf(
  tx: Transaction,
  goals: readonly (GoalRow & { id: Buffer })[],
): Promise<ReadonlyMap<string, Last>> {
  if (goals.length === 0) return new Map();
  const rows = await tx.select<Last>(
    `SELECT goal_id, donate_id, created_at FROM (
       SELECT c.goal_id, c.donate_id, c.created_at, ROW_NUMBER() OVER (PARTITION BY c.goal_id
         ORDER BY c.donate_id <=> g.ended_by DESC, c.created_at DESC, c.donate_id DESC) AS place
       FROM goals g JOIN goal_contributions c ON c.goal_id = g.id
       JOIN (SELECT goal_id, SUM(sum) AS counted FROM goal_contributions WHERE goal_id IN (?) GROUP BY goal_id) s
         ON s.goal_id = g.id
       WHERE g.id IN (?) AND s.counted - c.sum < g.require_sum) placed WHERE place = 1`,
    [goals.map(({ id }) => id), goals.map(({ id }) => id)],
  );
  return new Map(rows.map((row) => [row.goal_id.toString('hex'), row]));
}
