import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { tableOwnerUrl } from '../../scripts/context-databases.ts';
import { type Database, openDatabase } from '../../shared/database.ts';
import { freshId, uuidToBytes } from '../../shared/ids.ts';
import { proofQuestions } from '../../shared/proof.ts';
import { testDatabase, type TestDatabase } from '../../shared/testing/database.ts';
import { fromStack } from '../../shared/testing/environment.ts';
import { exampleDonation, exampleMessage } from '../../shared/testing/examples.ts';
import { type Given, type Harness, startHarness } from '../../shared/testing/harness.ts';
import { commentId } from './donation.ts';
import { calculateNewSponsor } from './listeners/calculate-new-sponsor.ts';
import { refundDonate } from './listeners/refund-donate.ts';
import { saveGoal } from './listeners/save-goal.ts';
import { saveMessage } from './listeners/save-message.ts';
import { saveNewSponsor } from './listeners/save-new-sponsor.ts';
import { settleDonate } from './listeners/settle-donate.ts';
import { updateGoal } from './listeners/update-goal.ts';
import { countRooms } from './proof.ts';
import { checkProjection, projectionNames, type ProjectionName, swapProjection } from './rebuild.ts';
import { dumpTables } from './testing/dump.ts';
import { givenRefunded, givenSettled } from './testing/given.ts';
import { loseKeys } from './testing/redis.ts';

/** Projections of a real room that somebody tampers with, built again out of what they follow from. */
let on: TestDatabase;
let owner: Database;
let save: Harness;
let sponsor: Harness;
let goal: Harness;
const [owner_id, ann, bob, goal_id] = [freshId(), freshId(), freshId(), freshId()];
const gift = (uuid: string, sum: string, message?: string) =>
  exampleDonation({
    ...{ owner_id, sum, from: { uuid, type: 'client', name: uuid === ann ? 'Ann' : 'Bob' } },
    ...(message !== undefined && { message: { message, is_public: true } }),
  });
// In the order of their ids: of two donations of one instant that is all that tells which of them ended the goal.
const inOrder = Array.from({ length: 4 }, freshId).sort();
const gifts = [gift(ann, '3.00', 'for you'), gift(bob, '3.00'), gift(bob, '1.00'), gift(ann, '1.00')].map(
  (donate, at) => ({ ...donate, donate_id: inOrder[at] ?? '' }),
);
const secret = exampleMessage({ owner_id, value: 'our secret', is_public: false });
const loud = exampleMessage({ owner_id, value: 'hello' });
const said = (message: typeof loud): Given => ({ name: 'AddNewMessage', payload: message, id: message.message_id });

beforeAll(async () => {
  on = await testDatabase('rooms');
  owner = openDatabase(tableOwnerUrl({ databaseUrl: fromStack('DATABASE_URL') }, on.url), 4);
  [save, sponsor, goal] = await Promise.all([
    startHarness(on, [saveMessage, settleDonate, refundDonate, saveNewSponsor]),
    startHarness(on, Object.values(calculateNewSponsor)),
    startHarness(on, [saveGoal, ...Object.values(updateGoal)]),
  ]);
  const set = { goal_id, name: 'Lamp', require_sum: '5.00', currency: 'USD', created_at: new Date().toISOString() };
  const payload = { ...set, owner: { uuid: owner_id, type: 'user' as const, name: 'Mia' } };
  await goal.when({ name: 'AddNewGoal', payload, id: goal_id });
  await save.when(said(secret), said(loud));
  await settle(...gifts);
  await refund(...gifts.slice(2));
  // Whoever gave this has it back before anybody heard that it was given.
  const early = gift(freshId(), '2.00');
  await refund(early);
  await settle(early);
  // Somebody's newest name is not the one under which they gave.
  await save.when(said(exampleMessage({ owner_id, from: { uuid: ann, type: 'client', name: 'Ann the Great' } })));
}, 60_000);
afterAll(async () => {
  await loseKeys(save.redis, on.namespace);
  await Promise.all([save?.close(), sponsor?.close(), goal?.close(), owner?.close()]);
  await on?.drop();
});

/** Each group handles the money, and `save` what follows from it: comments, and who is told as sponsor. */
async function settle(...donations: typeof gifts): Promise<void> {
  const settled = donations.map((donate) => givenSettled(donate));
  const { emitted: comments } = await save.when(...settled);
  const { emitted: sponsors } = await sponsor.when(...settled);
  await goal.when(...settled);
  for (const { id, name, payload } of [...comments, ...sponsors]) await save.when({ id, name, payload } as Given);
}

async function refund(...donations: typeof gifts): Promise<void> {
  const refunded = donations.map((donate) => givenRefunded(donate));
  await save.when(...refunded);
  const { emitted: sponsors } = await sponsor.when(...refunded);
  await goal.when(...refunded);
  for (const { id, name, payload } of sponsors) await save.when({ id, name, payload } as Given);
}

const check = (name: ProjectionName) => checkProjection(owner, name, new Date());
const swap = (name: ProjectionName) => swapProjection(owner, name, new Date());
const sql = (text: string, ...ids: string[]) => on.database.change(text, ids.map(uuidToBytes));
const nothing = { differences: [], differencesInAll: 0, beyond: [] };
const faults = async () => {
  const before = new Date(Date.now() + 1_000).toISOString();
  return (await proofQuestions(on.database, countRooms).proofTotals({ before })).faults;
};
/** The product's own tables; what was replaced is kept beside them. */
async function dump(): Promise<Record<string, string[]>> {
  const tables = await dumpTables(on.database);
  return Object.fromEntries(Object.entries(tables).filter(([name]) => !name.endsWith('_replaced')));
}
const outbox = async () => (await on.database.select('SELECT id FROM outbox')).length;

let sound: Record<string, string[]>;
beforeEach(async () => {
  sound = await dump();
});

test('two at once do not build into the same tables: the second is refused and changes nothing', async () => {
  const outcomes = await Promise.allSettled([swap('goals'), check('goals'), swap('goals')]);
  const refused = outcomes.filter(({ status }) => status === 'rejected') as PromiseRejectedResult[];
  expect(refused.map(({ reason }) => (reason as Error).message)).toEqual([
    expect.stringContaining('is being rebuilt already'),
    expect.stringContaining('is being rebuilt already'),
  ]);
  expect(await dump()).toEqual(sound);
});

test.each(projectionNames)(
  '%s that is right is found right, and a swap changes not one byte and tells nobody',
  async (name) => {
    const waiting = await outbox();
    expect(await check(name)).toEqual(nothing);
    expect(await swap(name)).toEqual(nothing);
    expect(await dump()).toEqual(sound);
    expect(await outbox()).toBe(waiting);
  },
);

describe('what was tampered with by SQL is named, and mended to the byte:', () => {
  const [first] = gifts;
  const given = first?.donate_id ?? '';
  test.each<[string, ProjectionName, string, string[], string]>([
    ['a total', 'totals', 'UPDATE donor_totals SET total = total + 1 WHERE client_id = ?', [ann], `${owner_id}/${ann}`],
    ['a lost total', 'totals', 'DELETE FROM donor_totals WHERE client_id = ?', [bob], `${owner_id}/${bob}`],
    ['an hour', 'totals', 'UPDATE donor_hours SET total = total + 1 WHERE client_id = ?', [ann], ann],
    ['a contribution', 'totals', 'UPDATE donor_contributions SET sum = 1 WHERE donate_id = ?', [given], given],
    ['a share of a goal', 'goals', 'UPDATE goal_contributions SET sum = 1 WHERE donate_id = ?', [given], given],
    ['a goal', 'goals', 'UPDATE goals SET sum = 1, ended_by = NULL, ended_at = NULL WHERE id = ?', [goal_id], goal_id],
    ['an entry', 'history', `UPDATE room_events SET body = '{}' WHERE id = ?`, [loud.message_id], loud.message_id],
    ['who may see it', 'history', 'DELETE FROM room_event_subjects WHERE subject = ?', [secret.from.uuid], owner_id],
  ])('%s', async (_what, name, text, ids, named) => {
    await sql(text, ...ids);
    const found = await check(name);
    expect(found.differences.some(({ id }) => id.includes(named))).toBe(true);
    expect(found.differencesInAll).toBeGreaterThan(0);
    expect(JSON.stringify(found)).not.toContain('our secret');
    await swap(name);
    expect(await check(name)).toEqual(nothing);
    expect(await faults()).toEqual([]);
    const { donor_totals, room_events, ...others } = await dump();
    const { donor_totals: totals, room_events: events, ...before } = sound;
    expect(others).toEqual(before);
    expect([donor_totals?.length, room_events?.length]).toEqual([totals?.length, events?.length]);
  });
});

test('a title in the wrong hands goes to the one who has given most, under a number that nobody has seen', async () => {
  await settle(gift(bob, '2.00'));
  await sql('UPDATE sponsor_tops SET client_id = ? WHERE user_id = ?', ann, owner_id);
  expect(await check('sponsors')).toMatchObject({ differencesInAll: 1, differences: [{ id: owner_id }] });
  await swap('sponsors');
  const [top] = await on.database.select('SELECT client_id, version FROM sponsor_tops');
  expect(top).toMatchObject({ client_id: uuidToBytes(bob) });
  expect(await check('sponsors')).toEqual(nothing);
});

test('a history that is lost whole comes back in the order of its times, with who may see what', async () => {
  const bodies = async () => {
    const rows = await on.database.select<{ body: string }>('SELECT body FROM room_events ORDER BY position');
    return rows.map(({ body }) => JSON.parse(body) as { id: string; type: string; message?: string });
  };
  const before = await bodies();
  const seen = await on.database.select('SELECT subject FROM room_event_subjects ORDER BY subject');
  await on.database.change('DELETE FROM room_events');
  await on.database.change('DELETE FROM room_event_subjects');
  await swap('history');
  const after = await bodies();
  expect(after.map(({ id }) => id).sort()).toEqual(before.map(({ id }) => id).sort());
  expect(after.find(({ id }) => id === gifts[0]?.donate_id)).toMatchObject({ type: 'donate', message: 'for you' });
  expect(after.find(({ id }) => id === commentId(gifts[0]?.donate_id ?? ''))).toMatchObject({ type: 'message' });
  expect(await on.database.select('SELECT subject FROM room_event_subjects ORDER BY subject')).toEqual(seen);
  expect(await check('history')).toEqual(nothing);
});

test('an event that was missed is told, and no rebuild counts it', async () => {
  const missed = gift(ann, '9.00');
  const settled = givenSettled(missed, new Date(Date.now() - 120_000).toISOString());
  await save.when(settled);
  for (const name of ['totals', 'goals'] as const) {
    expect(await check(name)).toMatchObject({ differencesInAll: 0, beyond: [{ id: missed.donate_id }] });
  }
  await sponsor.when(settled);
  await goal.when(settled);
  expect(await check('totals')).toEqual(nothing);
});

test('while donations are being counted, checks find nothing and swaps lose nothing', async () => {
  let isOver = false;
  const counting = (async () => {
    for (let at = 0; !isOver; at++) {
      const given = gift(at % 2 ? ann : bob, '0.01', 'more');
      await settle(given, gift(freshId(), '0.02'));
      await refund(given);
    }
  })();
  try {
    for (const name of Array.from({ length: 4 }, () => projectionNames).flat()) {
      expect(await check(name)).toEqual(nothing);
      expect(await swap(name)).toEqual(nothing);
      expect(await check(name)).toEqual(nothing);
    }
  } finally {
    isOver = true;
    await counting;
  }
  expect(await faults()).toEqual([]);
}, 120_000);
