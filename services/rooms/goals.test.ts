import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { decideGoals, decideNewGoals, type Goal, type GoalBoard, goalPayload, goalStepId } from './goals.ts';
import { deliveriesOf, fresh } from './testing/delivery.ts';

const at = '2026-05-01T12:00:00.000Z';
const goal = (id: string, requireSum: bigint, given: Partial<Goal> = {}): Goal => ({
  id,
  name: id,
  sum: 0n,
  requireSum,
  currency: 'USD',
  version: 0,
  endedBy: null,
  createdAt: at,
  ...given,
});
let made = 0;
const gives = (sum: bigint, currency = 'USD') => ({ donateId: `d${made++}`, sum, currency, at });
const told = (decision: ReturnType<typeof decideGoals>) =>
  decision.steps.map(({ name, goal: { id, sum, version } }) => `${name} ${id} ${sum} v${version}`);

describe('goals', () => {
  test('fill one after the other; the surplus stays where it fell', () => {
    const board = { version: 3, open: [goal('lamp', 500n), goal('desk', 100n)] };
    const decision = decideGoals(board, [gives(300n), gives(400n), gives(50n)]);
    expect(told(decision)).toEqual([
      'GoalUpdated lamp 300 v4',
      'GoalUpdated lamp 700 v5',
      'EndGoal lamp 700 v6',
      'GoalUpdated desk 0 v7',
      'GoalUpdated desk 50 v8',
    ]);
    expect(decision.version).toBe(8);
    expect([...decision.assigned.values()]).toEqual(['lamp', 'lamp', 'desk']);
  });

  test('are ended by the donation that reaches them, and once', () => {
    const donations = [gives(5n), gives(1n)];
    const decision = decideGoals({ version: 0, open: [goal('lamp', 5n)] }, donations);
    expect(decision.goals.map((change) => change.goal.endedBy)).toEqual([donations[0]?.donateId]);
    expect(decision.steps.filter(({ name }) => name === 'EndGoal')).toHaveLength(1);
    expect(decision.assigned.get(donations[1]?.donateId ?? '')).toBeNull();
  });

  test('take nothing in another currency', () => {
    const donation = gives(5n, 'JPY');
    const decision = decideGoals({ version: 0, open: [goal('lamp', 5n)] }, [donation]);
    expect(decision).toMatchObject({ version: 0, goals: [], steps: [] });
    expect(decision.assigned.get(donation.donateId)).toBeNull();
  });

  test('are shown when set, unless others are before them', () => {
    const first = decideNewGoals({ version: 4, hasOpen: false }, [goal('lamp', 5n), goal('desk', 5n)]);
    expect(first).toMatchObject({ version: 5, shown: { id: 'lamp', version: 5 } });
    expect(first.goals.map(({ version }) => version)).toEqual([5, 5]);
    const behind = decideNewGoals({ version: 5, hasOpen: true }, [goal('mic', 5n)]);
    expect(behind).toMatchObject({ version: 5, shown: null });
  });

  test('are told in the decimals of their currency', () => {
    const told = goalPayload('owner', goal('lamp', 1550n, { sum: 5n }), at);
    expect(told).toMatchObject({ sum: '0.05', require_sum: '15.50', owner_id: 'owner' });
  });
});

const boards = fc
  .array(fc.bigInt(1n, 12n), { maxLength: 4 })
  .map((sums): GoalBoard => ({ version: 0, open: sums.map((sum, index) => goal(`g${index}`, sum)) }));
const logs = fc.array(fc.bigInt(1n, 6n), { maxLength: 25 }).map((sums) => sums.map((sum) => gives(sum)));

/** A room's goals and what was told of them, after slices of its log. */
function run(start: GoalBoard, slices: readonly (readonly ReturnType<typeof gives>[])[]) {
  const counted = new Set<string>();
  const goals = new Map(start.open.map((one) => [one.id, one]));
  const shares: { goalId: string | null; sum: bigint }[] = [];
  const events: { id: string; version: number; name: string; goalId: string }[] = [];
  let version = start.version;
  for (const slice of slices) {
    const donations = fresh(slice, counted);
    const open = [...goals.values()].filter((one) => one.endedBy === null);
    const decision = decideGoals({ version, open }, donations);
    version = decision.version;
    for (const { goal: changed } of decision.goals) goals.set(changed.id, changed);
    for (const { donateId, sum } of donations) shares.push({ goalId: decision.assigned.get(donateId) ?? null, sum });
    for (const { name, goal: stepped, by } of decision.steps) {
      const id = goalStepId(name, stepped.id, by.donateId);
      events.push({ id, version: stepped.version, name, goalId: stepped.id });
    }
  }
  return { goals, shares, events };
}

test('whatever the slices and crashes: the same goals and events, each sum that of its donations, each end once', () => {
  const cases = fc
    .tuple(boards, logs)
    .chain(([board, log]) => fc.tuple(fc.constant({ board, log }), deliveriesOf(log)));
  fc.assert(
    fc.property(cases, ([{ board, log }, { slices }]) => {
      const outcome = run(board, slices);
      expect(outcome).toEqual(run(board, [log]));
      for (const [id, { sum, requireSum, endedBy }] of outcome.goals) {
        const given = outcome.shares.filter(({ goalId }) => goalId === id).reduce((all, one) => all + one.sum, 0n);
        expect(sum).toBe(given);
        expect(endedBy !== null).toBe(sum >= requireSum);
        const ends = outcome.events.filter(({ name, goalId }) => name === 'EndGoal' && goalId === id);
        expect(ends).toHaveLength(endedBy === null ? 0 : 1);
      }
      const versions = outcome.events.map(({ version }) => version);
      expect(versions).toEqual(versions.map((_, index) => index + 1));
      expect(new Set(outcome.events.map(({ id }) => id)).size).toBe(outcome.events.length);
    }),
    { numRuns: 500 },
  );
});
