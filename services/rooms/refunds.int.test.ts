import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { Payload } from '../../shared/events/catalogue.ts';
import { derivedId, freshId, uuidToBytes } from '../../shared/ids.ts';
import { exampleDonation } from '../../shared/testing/examples.ts';
import { testDatabase, type TestDatabase } from '../../shared/testing/database.ts';
import { testLog } from '../../shared/testing/environment.ts';
import { type Emitted, type Given, type Harness, startHarness } from '../../shared/testing/harness.ts';
import { calculateNewSponsor } from './listeners/calculate-new-sponsor.ts';
import { refundDonate } from './listeners/refund-donate.ts';
import { saveDonate } from './listeners/save-donate.ts';
import { saveGoal } from './listeners/save-goal.ts';
import { saveMessage } from './listeners/save-message.ts';
import { settleDonate } from './listeners/settle-donate.ts';
import { updateGoal } from './listeners/update-goal.ts';
import { reconcile } from './reconcile.ts';
import { roomsQuestions } from './service.ts';
import { newSponsorId } from './sponsor.ts';
import { dumpTables } from './testing/dump.ts';
import { givenRefunded, givenSettled } from './testing/given.ts';
import { loseKeys } from './testing/redis.ts';

/** Donations that go back, in the groups `save`, `sponsor` and `goal` on a real database. */
const saving = [saveDonate, settleDonate, refundDonate, saveMessage];
let on: TestDatabase;
let save: Harness;
let sponsor: Harness;
let goal: Harness;

beforeAll(async () => {
  on = await testDatabase('rooms');
  save = await startHarness(on, saving);
  sponsor = await startHarness(on, Object.values(calculateNewSponsor));
  goal = await startHarness(on, [saveGoal, ...Object.values(updateGoal)]);
});
afterAll(async () => {
  await loseKeys(save.redis, on.namespace);
  await Promise.all([save?.close(), sponsor?.close(), goal?.close()]);
  await on?.drop();
});

/** The time at which the context is asked: what settles then lies in its last hour, though a full hour may pass meanwhile. */
const askedAt = new Date();
const donor = (name: string) => ({ uuid: freshId(), type: 'client' as const, name });
const questions = () =>
  roomsQuestions({
    ...{ database: on.database, replica: on.database, redis: save.redis, namespace: on.namespace },
    ...{ currency: 'USD', clock: { now: () => askedAt }, log: testLog, committed: () => undefined },
  });
const asked = (donate: Payload<'AddNewDonate'>): Given => ({
  name: 'AddNewDonate',
  payload: donate,
  id: donate.donate_id,
});
type Entry = Record<string, unknown> & { type: string; id: string };

describe('a donation that was given back', () => {
  const history = async (owner_id: string) =>
    (await questions().history({ owner_id, subject: owner_id })).events.map((text) => JSON.parse(text) as Entry);
  const status = async ({ donate_id, owner_id }: Payload<'AddNewDonate'>) =>
    (await questions().donation({ donate_id, subject: owner_id })).status;

  test('is marked in the history, with all that was shown of it, and its comment stays', async () => {
    const donate = exampleDonation({ message: { message: 'for you', is_public: false } });
    const { emitted } = await save.when(asked(donate), givenSettled(donate));
    const comment = emitted[0]?.payload as Payload<'AddNewMessage'>;
    await save.when({ name: 'AddNewMessage', id: comment.message_id, payload: comment });
    const before = await history(donate.owner_id);

    expect(await save.when(givenRefunded(donate))).toEqual({ outcomes: ['done'], emitted: [] });
    const [message, shown] = await history(donate.owner_id);
    expect(message).toEqual(before[0]);
    expect(shown).toEqual({ ...before[1], refunded: true });
    expect(await status(donate)).toBe('refunded');
    const { message_id } = await questions().donation({ donate_id: donate.donate_id, subject: donate.owner_id });
    expect(message_id).toBe(derivedId(donate.donate_id, 'message'));
    expect((await save.again()).outcomes).toEqual(['duplicate']);
    expect((await history(donate.owner_id))[1]).toEqual(shown);
  });

  test('before its settlement arrives is never shown, nor is its comment', async () => {
    const donate = exampleDonation({ message: { message: 'haha', is_public: true } });
    await save.when(givenRefunded(donate));
    expect(await status(donate)).toBe('refunded');
    const late = await save.when(asked(donate), givenSettled(donate));
    expect(late).toEqual({ outcomes: ['duplicate', 'skip: refunded before'], emitted: [] });
    expect(await history(donate.owner_id)).toEqual([]);
    const after = await save.when(asked(donate), givenSettled(donate), givenRefunded(donate));
    expect(after.emitted).toEqual([]);
    expect(await status(donate)).toBe('refunded');
  });

  test('handled by two workers at once, each in another order, is marked once or never shown', async () => {
    const other = await startHarness(on, saving);
    for (let round = 0; round < 10; round++) {
      const donate = exampleDonation();
      await Promise.all([save.when(givenSettled(donate)), other.when(givenRefunded(donate))]);
      expect(await status(donate)).toBe('refunded');
      const shown = await history(donate.owner_id);
      expect(shown.map(({ refunded }) => refunded)).toEqual(shown.map(() => true));
    }
    await other.close();
  });

  test('with a sum that is none of its currency is set aside by every group', async () => {
    const bad = givenRefunded(exampleDonation({ sum: '1.234' }));
    for (const group of [save, sponsor, goal]) {
      expect((await group.when(bad)).outcomes).toEqual(['dead-letter: sum is none of its currency']);
    }
  });
});

describe('the sponsor', () => {
  const told = (emitted: readonly Emitted[]) =>
    emitted.map(({ payload }) => payload as Payload<'NewSponsor'>).map((one) => [one.sponsor?.name, one.total]);
  const board = async (owner_id: string, window: 'all' | 'hour' = 'all') =>
    (await questions().leaderboard({ owner_id, window, limit: 10 })).leaders.map(({ name, total }) => [name, total]);

  test('goes back to the former holder, then to nobody, and both are told of', async () => {
    const owner_id = freshId();
    const [ann, bob] = ['5.00', '9.00'].map((sum, at) =>
      exampleDonation({ owner_id, sum, from: donor(at ? 'Bob' : 'Ann') }),
    ) as [Payload<'AddNewDonate'>, Payload<'AddNewDonate'>];
    await sponsor.when(...[ann, bob].map((gift) => givenSettled(gift, askedAt.toISOString())));
    const first = await sponsor.when(givenRefunded(bob));
    expect(told(first.emitted)).toEqual([['Ann', '5.00']]);
    expect(first.emitted[0]?.id).toBe(newSponsorId(owner_id, 3));
    expect(await board(owner_id)).toEqual([['Ann', '5.00']]);
    expect(await board(owner_id, 'hour')).toEqual([['Ann', '5.00']]);
    expect(await sponsor.again()).toEqual({ outcomes: ['duplicate'], emitted: [] });

    const { emitted } = await sponsor.when(givenRefunded(ann));
    expect(emitted[0]?.payload).toMatchObject({ sponsor: null, total: '0.00', version: 4 });
    expect(await questions().sponsor({ owner_id })).toMatchObject({ sponsor: null, total: '0.00', version: 4 });
    expect(await board(owner_id)).toEqual([]);
    expect((await sponsor.when(givenSettled(ann), givenSettled(bob))).outcomes).toEqual(['duplicate', 'duplicate']);
  });

  test('is found among more donors than were given back to, all in one slice', async () => {
    const owner_id = freshId();
    const gifts = Array.from({ length: 8 }, (_, at) =>
      exampleDonation({ owner_id, sum: `${at + 1}.00`, from: donor(`D${at + 1}`) }),
    );
    await sponsor.when(...gifts.map((gift) => givenSettled(gift)));
    const { emitted } = await sponsor.when(...gifts.slice(5).map((gift) => givenRefunded(gift)));
    expect(told(emitted)).toEqual([['D5', '5.00']]);
  });

  test('that a refund overtook is never crowned', async () => {
    const donate = exampleDonation();
    expect((await sponsor.when(givenRefunded(donate), givenSettled(donate))).outcomes).toEqual(['done', 'duplicate']);
    expect(await board(donate.owner_id)).toEqual([]);
    expect(await questions().sponsor({ owner_id: donate.owner_id })).toMatchObject({ sponsor: null, version: 0 });
  });

  test('loses the hour in which the donation settled, not that of the refund', async () => {
    const donate = exampleDonation();
    const earlier = new Date(Date.now() - 5 * 3_600_000).toISOString();
    await sponsor.when(givenSettled(donate, earlier));
    await sponsor.when(givenRefunded(donate));
    const hours = await on.database.select('SELECT total FROM donor_hours WHERE user_id = ?', [
      uuidToBytes(donate.owner_id),
    ]);
    expect(hours).toEqual([{ total: '0' }]);
  });

  test('and the totals are right by the reconciler, by two workers at once too', async () => {
    const other = await startHarness(on, Object.values(calculateNewSponsor));
    const [owner_id, people] = [freshId(), [donor('Ann'), donor('Bob'), donor('Eve')]];
    const gifts = Array.from({ length: 20 }, (_, at) =>
      exampleDonation({ owner_id, from: people[at % 3] ?? donor('') }),
    );
    const events = gifts.flatMap((gift, at) =>
      at % 2 ? [givenSettled(gift)] : [givenSettled(gift), givenRefunded(gift)],
    );
    await Promise.all([sponsor.when(...events), other.when(...events.toReversed())]);
    await other.close();
    const found = await reconcile(on.database, on.database, testLog);
    expect(found).toMatchObject({ wrongTotals: [], wrongRooms: [] });
    const all = await board(owner_id);
    expect(all.reduce((sum, [, total]) => sum + Number(total), 0)).toBe(10 * 15.5);
  });
});

describe('a goal', () => {
  const sets = (room: string, require_sum: string): Given => {
    const goal_id = freshId();
    const owner = { uuid: room, type: 'user' as const, name: 'Mia' };
    const payload = {
      goal_id,
      owner,
      name: 'Lamp',
      require_sum,
      currency: 'USD',
      created_at: new Date().toISOString(),
    };
    return { name: 'AddNewGoal', payload, id: goal_id };
  };
  const steps = (emitted: readonly Emitted[]) =>
    emitted.map(({ name, payload }) => {
      const { sum, version } = payload as Payload<'GoalUpdated'>;
      return `${name} ${sum} v${version}`;
    });

  test('that is open falls by it, and may be filled again', async () => {
    const owner_id = freshId();
    const [one, two, three] = ['3.00', '4.00', '6.00'].map((sum) => exampleDonation({ owner_id, sum })) as [
      Payload<'AddNewDonate'>,
      Payload<'AddNewDonate'>,
      Payload<'AddNewDonate'>,
    ];
    await goal.when(sets(owner_id, '10.00'), givenSettled(one), givenSettled(two));
    const fallen = await goal.when(givenRefunded(one));
    expect(steps(fallen.emitted)).toEqual(['GoalUpdated 4.00 v4']);
    expect(await goal.again()).toEqual({ outcomes: ['duplicate'], emitted: [] });
    const filled = await goal.when(givenSettled(one), givenSettled(three));
    expect(steps(filled.emitted)).toEqual(['GoalUpdated 10.00 v5', 'EndGoal 10.00 v6']);
  });

  test('that has ended stays as it ended, and is not told of again', async () => {
    const donate = exampleDonation({ sum: '5.00' });
    const { owner_id } = donate;
    await goal.when(sets(owner_id, '5.00'), givenSettled(donate));
    expect(await goal.when(givenRefunded(donate))).toEqual({ outcomes: ['done'], emitted: [] });
    expect(await questions().goal({ owner_id })).toMatchObject({ goal: null, ended: { sum: '5.00' }, version: 3 });
  });

  test('never counts a donation whose refund came first', async () => {
    const donate = exampleDonation();
    const { emitted } = await goal.when(sets(donate.owner_id, '5.00'), givenRefunded(donate), givenSettled(donate));
    expect(steps(emitted)).toEqual(['GoalUpdated 0.00 v1']);
  });
});

describe('a whole log with refunds that comes again', () => {
  let log: Given[];
  beforeEach(() => {
    const gifts = Array.from({ length: 4 }, () => exampleDonation());
    const [early, ...others] = gifts as [Payload<'AddNewDonate'>, ...Payload<'AddNewDonate'>[]];
    log = [givenRefunded(early), ...gifts.map((one) => givenSettled(one)), ...others.map((one) => givenRefunded(one))];
  });

  test('changes not one byte, ten times over', async () => {
    for (const group of [save, sponsor, goal]) await group.when(...log);
    const before = await dumpTables(on.database);
    for (let times = 0; times < 10; times++) {
      for (const group of [save, sponsor, goal]) expect((await group.again()).emitted).toEqual([]);
    }
    expect(await dumpTables(on.database)).toEqual(before);
  });
});
