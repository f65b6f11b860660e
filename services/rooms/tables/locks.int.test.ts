import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Transaction } from '../../../shared/database.ts';
import { freshId } from '../../../shared/ids.ts';
import { testDatabase, type TestDatabase } from '../../../shared/testing/database.ts';
import { exampleDonation } from '../../../shared/testing/examples.ts';
import { toDonation } from '../donation.ts';
import type { Goal } from '../goals.ts';
import { lockDonations } from './donations.ts';
import { insertGoals, lockBoards, type RoomGoal, updateGoals } from './goals.ts';
import { lockTops } from './sponsors.ts';

let on: TestDatabase;
beforeAll(async () => {
  on = await testDatabase('rooms');
});
afterAll(() => on.drop());

type Work = (tx: Transaction) => Promise<unknown>;

/** Works in a second transaction while that of `held` is open. @throws where one of them had to begin again */
async function meanwhile(held: Work, work: Work): Promise<void> {
  const once = (each: Work) => {
    let runs = 0;
    return on.database.transaction(async (tx) => {
      if (++runs > 1) throw new Error('has waited for what the other holds');
      await each(tx);
    });
  };
  await once(async (tx) => {
    await held(tx);
    await once(work);
  });
}

const at = new Date().toISOString();
const donationOf = (donate_id: string) => {
  const donation = toDonation(exampleDonation({ donate_id }), { status: 'pending', at });
  if (!donation) throw new Error('the example is none of its currency');
  return donation;
};

const LOCKS: Readonly<Record<string, (tx: Transaction, ids: readonly string[]) => Promise<unknown>>> = {
  titles: lockTops,
  boards: lockBoards,
  donations: (tx, ids) => lockDonations(tx, ids.map(donationOf)),
};

test.each(Object.entries(LOCKS))(
  'ten %s are locked while ten others are, though the table is small',
  async (_, lock) => {
    const ids = Array.from({ length: 20 }, freshId).sort();
    const mine = ids.filter((_id, place) => place % 2 === 0);
    const others = ids.filter((id) => !mine.includes(id));
    await on.database.transaction((tx) => lock(tx, ids));
    await meanwhile(
      (tx) => lock(tx, mine),
      (tx) => lock(tx, others),
    );
  },
);

test('a goal is set beside one that is being filled', async () => {
  const [below, filled] = [freshId(), freshId()].sort() as [string, string];
  const goal = roomGoal(filled);
  await on.database.transaction((tx) => insertGoals(tx, [goal]));
  await meanwhile(
    (tx) => updateGoals(tx, [{ ...goal, goal: { ...goal.goal, sum: 500n, version: 2 }, at }]),
    (tx) => insertGoals(tx, [roomGoal(below)]),
  );
  const rows = await on.database.select('SELECT sum, version FROM goals ORDER BY position');
  expect(rows).toEqual([
    { sum: '500', version: '2' },
    { sum: '0', version: '1' },
  ]);
});

function roomGoal(id: string): RoomGoal {
  const terms = { name: 'A new lamp', sum: 0n, requireSum: 10_000n, currency: 'USD' };
  const goal: Goal = { id, ...terms, version: 1, endedBy: null, createdAt: at };
  return { ownerId: freshId(), goal };
}
