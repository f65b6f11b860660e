import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { freshId, uuidToBytes } from '../../shared/ids.ts';
import { proofQuestions } from '../../shared/proof.ts';
import { testDatabase, type TestDatabase } from '../../shared/testing/database.ts';
import { exampleDonation } from '../../shared/testing/examples.ts';
import { type Harness, startHarness } from '../../shared/testing/harness.ts';
import { calculateNewSponsor } from './listeners/calculate-new-sponsor.ts';
import { rejectDonate } from './listeners/reject-donate.ts';
import { refundDonate } from './listeners/refund-donate.ts';
import { saveDonate } from './listeners/save-donate.ts';
import { saveGoal } from './listeners/save-goal.ts';
import { settleDonate } from './listeners/settle-donate.ts';
import { updateGoal } from './listeners/update-goal.ts';
import { countRooms } from './proof.ts';
import { givenRefunded, givenRejected, givenSettled } from './testing/given.ts';
import { loseKeys } from './testing/redis.ts';

/** What the rooms say of their money, on a real database that somebody then tampers with. */
let on: TestDatabase;
let groups: Harness[];
const [owner_id, ann, bob, goal_id] = [freshId(), freshId(), freshId(), freshId()];
const gift = (uuid: string, sum: string) =>
  exampleDonation({ owner_id, sum, from: { uuid, type: 'client', name: 'Ann' } });
const gifts = [gift(ann, '3.00'), gift(ann, '2.00'), gift(bob, '4.00')];
const rejected = gift(bob, '9.00');

beforeAll(async () => {
  on = await testDatabase('rooms');
  const [save, sponsor, goal] = await Promise.all([
    startHarness(on, [saveDonate, settleDonate, rejectDonate, refundDonate]),
    startHarness(on, Object.values(calculateNewSponsor)),
    startHarness(on, [saveGoal, ...Object.values(updateGoal)]),
  ]);
  groups = [save, sponsor, goal];
  const owner = { uuid: owner_id, type: 'user' as const, name: 'Mia' };
  const created_at = new Date().toISOString();
  const set = { goal_id, owner, name: 'Lamp', require_sum: '5.00', currency: 'USD', created_at };
  await goal.when({ name: 'AddNewGoal', payload: set, id: goal_id });
  const settled = gifts.map((donate) => givenSettled(donate));
  await save.when(...settled, givenRejected(rejected));
  await Promise.all([sponsor.when(...settled), goal.when(...settled)]);
});
afterAll(async () => {
  if (groups[0]) await loseKeys(groups[0].redis, on.namespace);
  await Promise.all(groups.map((group) => group.close()));
  await on?.drop();
});

const prove = (before = new Date(Date.now() + 1_000)) =>
  proofQuestions(on.database, countRooms).proofTotals({ before: before.toISOString() });
const undo: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const step of undo.splice(0)) await step();
});
const change = (sql: string, ...ids: string[]) => on.database.change(sql, ids.map(uuidToBytes));
/** Changes a sum by some minor units until the test ends. */
async function tamper(column: string, table: string, where: string, ids: string[], by: number): Promise<void> {
  await change(`UPDATE ${table} SET ${column} = ${column} + ${by} WHERE ${where}`, ...ids);
  undo.push(() => change(`UPDATE ${table} SET ${column} = ${column} - ${by} WHERE ${where}`, ...ids));
}

test('sound rooms have no fault, and tell every figure by currency', async () => {
  const { figures, faults, faults_in_all } = await prove();
  expect({ faults, faults_in_all }).toEqual({ faults: [], faults_in_all: '0' });
  const told = Object.fromEntries(figures.map(({ name, currency, number, sum }) => [name, [currency, number, sum]]));
  expect(told).toEqual({
    'settled donations': ['USD', '3', '9.00'],
    'rejected donations': ['USD', '1', '9.00'],
    'contributions to totals': ['USD', '3', '9.00'],
    'contributions to goals': ['USD', '3', '9.00'],
    totals: ['USD', '2', '9.00'],
    'all contributions': ['USD', '3', '9.00'],
    'totals by the hour': ['USD', '1', '9.00'],
    goals: ['USD', '1', '5.00'],
  });
});

test('what is younger than the watermark is told apart', async () => {
  const { figures, faults } = await prove(new Date(Date.now() - 60_000));
  expect(faults).toEqual([]);
  expect(figures).toContainEqual(expect.objectContaining({ name: 'younger settled donations', number: '3' }));
  expect(figures.some(({ name }) => name === 'settled donations')).toBe(false);
});

describe('a cent by SQL is found, with the id of its row:', () => {
  const [first] = gifts;
  test.each([
    ['a total', 'total', 'donor_totals', 'client_id = ?', [ann], `${owner_id}/${ann}`],
    ['an hour', 'total', 'donor_hours', 'client_id = ?', [bob], owner_id],
    ['a goal', 'sum', 'goals', 'id = ?', [goal_id], goal_id],
    ['a contribution', 'sum', 'donor_contributions', 'donate_id = ?', [first?.donate_id ?? ''], first?.donate_id],
    ['a donation', 'sum', 'donations', 'id = ?', [first?.donate_id ?? ''], first?.donate_id],
  ])('%s', async (_what, column, table, where, ids, named) => {
    await tamper(column, table, where, ids, 1);
    const { faults } = await prove();
    expect(faults.map(({ id }) => id)).toContain(named);
  });
});

test('what went back is told apart, and no fault; but for goals that had ended by then it is counted nowhere', async () => {
  const returned = gift(ann, '1.00');
  for (const given of [givenSettled(returned), givenRefunded(returned)]) {
    for (const group of groups) await group.when(given);
  }
  const { figures, faults } = await prove();
  expect(faults).toEqual([]);
  const told = Object.fromEntries(figures.map(({ name, number, sum }) => [name, `${number}: ${sum}`]));
  expect(told).toMatchObject({
    'settled donations': '3: 9.00',
    'refunded donations': '1: 1.00',
    'donations that went back': '1: 1.00',
    'contributions to totals': '4: 10.00',
    'all contributions': '3: 9.00',
    totals: '2: 9.00',
  });
});

test('a donation that was accepted long ago and has no end is a fault', async () => {
  const waiting = gift(ann, '1.00');
  await groups[0]?.when({ name: 'AddNewDonate', payload: waiting, id: waiting.donate_id });
  expect((await prove()).faults).toMatchObject([{ what: 'a donation has no end', id: waiting.donate_id }]);
  await groups[0]?.when(givenRejected(waiting));
});

test('a contribution without a donation is a fault', async () => {
  const donate_id = freshId();
  await change(
    `INSERT INTO goal_contributions (donate_id, user_id, goal_id, sum, created_at) VALUES (?, ?, NULL, 1, NOW(6))`,
    ...[donate_id, owner_id],
  );
  undo.push(() => change('DELETE FROM goal_contributions WHERE donate_id = ?', donate_id));
  expect((await prove()).faults).toMatchObject([
    { what: 'contributions of a goal without a donation', detail: '1 of 5' },
  ]);
});
