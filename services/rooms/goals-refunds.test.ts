import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { decideRefunds, type Share } from './contribution.ts';
import { decideGoals, decideGoalsAfterRefunds, type Goal, goalStepId } from './goals.ts';
import { createShares, deliveries, runsOf, type Said } from './testing/refund-log.ts';

const at = '2026-05-01T12:00:00.000Z';

describe('goals', () => {
  type GoalShare = Share & { goalId: string | null };
  const goal = (id: string, requireSum: bigint): Goal => ({
    ...{ id, name: id, sum: 0n, requireSum, currency: 'USD', version: 0, endedBy: null, createdAt: at },
  });
  const boards = fc
    .array(fc.bigInt(1n, 9n), { maxLength: 4 })
    .map((sums) => sums.map((sum, index) => goal(`g${index}`, sum)));

  /** UpdateGoal without a database. */
  function run(start: readonly Goal[], slices: readonly (readonly Said[])[]) {
    const { shares, fresh, settle, refund } = createShares<GoalShare>();
    const goals = new Map(start.map((one) => [one.id, one]));
    const told: { id: string; name: string; goalId: string; sum: bigint; version: number }[] = [];
    let version = 0;
    const take = (
      decision: Pick<
        ReturnType<typeof decideGoals<Said & { currency: string; at: string }>>,
        'version' | 'goals' | 'steps'
      >,
    ) => {
      version = decision.version;
      for (const { goal: changed } of decision.goals) goals.set(changed.id, changed);
      for (const { name, goal: stepped, by } of decision.steps) {
        const id = goalStepId(name, stepped.id, `${by.kind} ${by.donateId}`);
        told.push({ id, name, goalId: stepped.id, sum: stepped.sum, version: stepped.version });
      }
    };
    for (const records of slices.flatMap(runsOf)) {
      const news = fresh(records).map((one) => ({ ...one, currency: 'USD', at }));
      const board = { version, open: [...goals.values()].filter(({ endedBy }) => endedBy === null) };
      if (news[0]?.kind === 'settled') {
        const decision = decideGoals(board, news);
        take(decision);
        for (const one of news) settle(one, { goalId: decision.assigned.get(one.donateId) ?? null });
      } else if (news[0]) {
        const { taken, early } = decideRefunds(shares, news);
        take(decideGoalsAfterRefunds({ ...board, open: board.open.slice(0, 1) }, taken));
        for (const one of [...taken, ...early]) refund(one, { goalId: null });
      }
    }
    return { goals, shares, told };
  }

  test('hold what was given and kept while they are open; one that ended keeps its sum and is told of once', () => {
    fc.assert(
      fc.property(boards, deliveries, (start, [log, { slices }]) => {
        const { goals, shares, told } = run(start, slices);
        for (const [id, { sum, requireSum, endedBy }] of goals) {
          const ends = told.filter(({ name, goalId }) => name === 'EndGoal' && goalId === id);
          expect(ends).toHaveLength(endedBy === null ? 0 : 1);
          const own = [...shares.values()].filter(({ goalId }) => goalId === id);
          const left = own.filter(({ isRefunded }) => !isRefunded).reduce((all, one) => all + one.sum, 0n);
          if (endedBy === null) expect(sum).toBe(left);
          else expect(sum).toBe(ends[0]?.sum);
          expect(endedBy !== null).toBe(sum >= requireSum);
        }
        expect(told.map(({ version }) => version)).toEqual(told.map((_, n) => n + 1));
        expect(new Set(told.map(({ id }) => id)).size).toBe(told.length);
        const uncounted = [...shares].filter(([, { isRefunded }]) => isRefunded).map(([id]) => id);
        expect(uncounted.sort()).toEqual(
          [...new Set(log.filter(({ kind }) => kind === 'refunded').map(({ donateId }) => donateId))].sort(),
        );
      }),
      { numRuns: 500 },
    );
  });

  test('come to the same whatever the slices and crashes', () => {
    fc.assert(
      fc.property(boards, deliveries, (start, [log, { slices }]) => {
        expect(run(start, slices)).toEqual(run(start, [log]));
      }),
      { numRuns: 500 },
    );
  });
});
