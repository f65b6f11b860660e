import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Payload } from '../../shared/events/catalogue.ts';
import { derivedId, freshId, uuidToBytes } from '../../shared/ids.ts';
import { exampleDonation } from '../../shared/testing/examples.ts';
import { testDatabase, type TestDatabase } from '../../shared/testing/database.ts';
import { type Emitted, type Given, type Harness, startHarness } from '../../shared/testing/harness.ts';
import { calculateNewSponsor } from './listeners/calculate-new-sponsor.ts';
import { saveGoal } from './listeners/save-goal.ts';
import { updateGoal } from './listeners/update-goal.ts';
import { newSponsorId } from './sponsor.ts';
import { dumpTables } from './testing/dump.ts';
import { givenSettled } from './testing/given.ts';

/** The groups `sponsor` and `goal` on a real database. */
let on: TestDatabase;
let sponsor: Harness;
let goal: Harness;

beforeAll(async () => {
  on = await testDatabase('rooms');
  sponsor = await startHarness(on, Object.values(calculateNewSponsor));
  goal = await startHarness(on, [saveGoal, ...Object.values(updateGoal)]);
});
afterAll(async () => {
  await Promise.all([sponsor?.close(), goal?.close()]);
  await on?.drop();
});

const donor = (name: string) => ({ uuid: freshId(), type: 'client' as const, name });
const gives = (owner_id: string, from: Payload<'AddNewDonate'>['from'], sum: string): Given =>
  givenSettled(exampleDonation({ owner_id, from, sum }));
const sponsors = (emitted: readonly Emitted[]) =>
  emitted.map(({ payload }) => payload as Payload<'NewSponsor'>).map(({ sponsor: who, total }) => [who?.name, total]);

describe('the sponsor', () => {
  test('changes when another gives strictly more, and is told of under an id that follows from the version', async () => {
    const [room, ann, bob] = [freshId(), donor('Ann'), donor('Bob')];
    const first = await sponsor.when(gives(room, ann, '5.00'), gives(room, ann, '5.00'), gives(room, bob, '10.00'));
    expect(sponsors(first.emitted)).toEqual([['Ann', '5.00']]);
    const second = await sponsor.when(gives(room, bob, '0.01'), gives(room, ann, '1.00'));
    expect(sponsors(second.emitted)).toEqual([
      ['Bob', '10.01'],
      ['Ann', '11.00'],
    ]);
    expect(second.emitted.map(({ id }) => id)).toEqual([newSponsorId(room, 2), newSponsorId(room, 3)]);
    expect(await sponsor.again()).toEqual({ outcomes: ['duplicate', 'duplicate'], emitted: [] });
  });

  test('counts beyond floating point', async () => {
    const [room, ann, bob] = [freshId(), donor('Ann'), donor('Bob')];
    await sponsor.when(gives(room, ann, '90071992547409.92'), gives(room, ann, '90071992547409.93'));
    await sponsor.when(gives(room, bob, '180143985094819.85'));
    const { emitted } = await sponsor.when(gives(room, bob, '0.01'));
    expect(sponsors(emitted)).toEqual([['Bob', '180143985094819.86']]);
  });

  test('counted by two workers at once counts each donation once', async () => {
    const other = await startHarness(on, Object.values(calculateNewSponsor));
    const [room, people] = [freshId(), [donor('Ann'), donor('Bob'), donor('Eve')]];
    const events = Array.from({ length: 30 }, (_, at) => gives(room, people[at % 3] ?? donor(''), '1.00'));
    const [one, two] = await Promise.all([sponsor.when(...events), other.when(...events)]);
    await other.close();
    expect(
      one.outcomes.filter((outcome) => outcome === 'done').length + two.outcomes.filter((o) => o === 'done').length,
    ).toBe(30);
    const [totals] = await on.database.select<{ total: string; counted: string; hours: string }>(
      `SELECT (SELECT SUM(total) FROM donor_totals WHERE user_id = ?) AS total,
         (SELECT SUM(sum) FROM donor_contributions WHERE user_id = ?) AS counted,
         (SELECT SUM(total) FROM donor_hours WHERE user_id = ?) AS hours`,
      [uuidToBytes(room), uuidToBytes(room), uuidToBytes(room)],
    );
    expect(totals).toEqual({ total: '3000', counted: '3000', hours: '3000' });
  });

  test('of many rooms in one slice is that of each room', async () => {
    const rooms = Array.from({ length: 20 }, () => ({ room: freshId(), by: donor('Ann') }));
    const { emitted } = await sponsor.when(...rooms.map(({ room, by }) => gives(room, by, '2.00')));
    expect(emitted.map(({ id }) => id).sort()).toEqual(rooms.map(({ room }) => newSponsorId(room, 1)).sort());
  });
});

describe('goals', () => {
  const sets = (room: string, name: string, require_sum: string): Given & { payload: Payload<'AddNewGoal'> } => {
    const goal_id = freshId();
    const payload = {
      ...{ goal_id, name, require_sum, currency: 'USD', created_at: new Date().toISOString() },
      owner: { uuid: room, type: 'user' as const, name: 'Mia' },
    };
    return { name: 'AddNewGoal', payload, id: goal_id };
  };
  const steps = (emitted: readonly Emitted[]) =>
    emitted.map(({ name, payload }) => {
      const { name: goalName, sum, version } = payload as Payload<'GoalUpdated'>;
      return `${name} ${goalName} ${sum} v${version}`;
    });

  test('fill one after the other in the order of the log, with one version for the room', async () => {
    const [room, ann] = [freshId(), donor('Ann')];
    const [lamp, desk] = [sets(room, 'Lamp', '5.00'), sets(room, 'Desk', '2.00')];
    const set = await goal.when(lamp, desk);
    expect(steps(set.emitted)).toEqual(['GoalUpdated Lamp 0.00 v1']);
    const filled = await goal.when(gives(room, ann, '3.00'), gives(room, ann, '4.00'), gives(room, ann, '1.00'));
    expect(steps(filled.emitted)).toEqual([
      'GoalUpdated Lamp 3.00 v2',
      'GoalUpdated Lamp 7.00 v3',
      'EndGoal Lamp 7.00 v4',
      'GoalUpdated Desk 0.00 v5',
      'GoalUpdated Desk 1.00 v6',
    ]);
    expect(filled.emitted[2]?.id).toBe(derivedId(lamp.payload.goal_id, 'end'));
    expect((await goal.again()).emitted).toEqual([]);
    const last = await goal.when(gives(room, ann, '1.00'), gives(room, ann, '1.00'));
    expect(steps(last.emitted)).toEqual(['GoalUpdated Desk 2.00 v7', 'EndGoal Desk 2.00 v8']);
    expect(steps((await goal.when(sets(room, 'Mic', '1.00'))).emitted)).toEqual(['GoalUpdated Mic 0.00 v9']);
  });

  test('that are set and filled within one slice keep the order of the log', async () => {
    const [room, ann] = [freshId(), donor('Ann')];
    const { emitted } = await goal.when(
      gives(room, ann, '1.00'),
      sets(room, 'Lamp', '5.00'),
      gives(room, ann, '5.00'),
      gives(room, ann, '9.00'),
    );
    expect(steps(emitted)).toEqual(['GoalUpdated Lamp 0.00 v1', 'GoalUpdated Lamp 5.00 v2', 'EndGoal Lamp 5.00 v3']);
  });

  test('hold the sum of their donations, whoever handles them how often', async () => {
    const other = await startHarness(on, [saveGoal, ...Object.values(updateGoal)]);
    const [room, ann] = [freshId(), donor('Ann')];
    const lamp = sets(room, 'Lamp', '10.00');
    await goal.when(lamp);
    const events = Array.from({ length: 30 }, () => gives(room, ann, '1.00'));
    const both = await Promise.all([goal.when(...events), other.when(...events)]);
    await other.close();
    // Each run sees what the other has emitted meanwhile; of the same event there is one.
    const told = new Map(both.flatMap(({ emitted }) => emitted.map((event) => [event.id, event] as const)));
    expect(steps([...told.values()]).filter((step) => step.startsWith('EndGoal'))).toEqual(['EndGoal Lamp 10.00 v12']);
    expect(told.size).toBe(11);
    const [row] = await on.database.select(
      `SELECT g.sum, (SELECT SUM(c.sum) FROM goal_contributions c WHERE c.goal_id = g.id) AS counted,
         (SELECT COUNT(*) FROM goal_contributions c WHERE c.user_id = g.user_id) AS donations FROM goals g WHERE id = ?`,
      [uuidToBytes(lamp.payload.goal_id)],
    );
    expect(row).toMatchObject({ sum: '1000', counted: '1000', donations: '30' });
  });
});

test('a whole log that comes again changes not one byte', async () => {
  const [room, ann, bob] = [freshId(), donor('Ann'), donor('Bob')];
  const goal_id = freshId();
  const set: Given = {
    name: 'AddNewGoal',
    id: goal_id,
    payload: {
      ...{ goal_id, name: 'Lamp', require_sum: '4.00', currency: 'USD', created_at: new Date().toISOString() },
      owner: { uuid: room, type: 'user', name: 'Mia' },
    },
  };
  const money = [ann, bob, bob, ann, bob].map((from) => gives(room, from, '1.50'));
  await goal.when(set, ...money);
  await sponsor.when(...money);
  const before = await dumpTables(on.database);
  for (let times = 0; times < 10; times++) await Promise.all([goal.again(), sponsor.again()]);
  expect(await dumpTables(on.database)).toEqual(before);
});
