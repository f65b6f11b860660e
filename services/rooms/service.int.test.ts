import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { freshId } from '../../shared/ids.ts';
import { lease } from '../../shared/registry.ts';
import { rpcClient, serveRpc } from '../../shared/rpc.ts';
import { exampleDonation, exampleMessage } from '../../shared/testing/examples.ts';
import { testDatabase, type TestDatabase } from '../../shared/testing/database.ts';
import { testLog } from '../../shared/testing/environment.ts';
import { type Harness, startHarness } from '../../shared/testing/harness.ts';
import { calculateNewSponsor } from './listeners/calculate-new-sponsor.ts';
import { rejectDonate } from './listeners/reject-donate.ts';
import { saveDonate } from './listeners/save-donate.ts';
import { saveGoal } from './listeners/save-goal.ts';
import { saveMessage } from './listeners/save-message.ts';
import { updateGoal } from './listeners/update-goal.ts';
import type { RoomsQuestions } from './questions.ts';
import { roomsProto, roomsService } from './service.ts';
import { givenRejected, givenSettled } from './testing/given.ts';
import { loseKeys } from './testing/redis.ts';

/** The room's questions over gRPC, as ingress and gateway ask them. */
let on: TestDatabase;
let save: Harness;
let sponsor: Harness;
let goal: Harness;
let server: Awaited<ReturnType<typeof serveRpc>>;
let rooms: RoomsQuestions & { close(): void };
const now = new Date('2026-05-01T12:30:00.000Z');
const clock = { now: () => now };

beforeAll(async () => {
  on = await testDatabase('rooms');
  save = await startHarness(on, [saveMessage, saveDonate, rejectDonate], clock);
  sponsor = await startHarness(on, Object.values(calculateNewSponsor), clock);
  goal = await startHarness(on, [saveGoal, ...Object.values(updateGoal)], clock);
  const service = roomsService({
    ...{ database: on.database, replica: on.database, redis: save.redis, namespace: on.namespace },
    ...{ currency: 'USD', clock, log: testLog, committed: () => undefined },
  });
  server = await serveRpc([service], '127.0.0.1:0', testLog);
  rooms = rpcClient<RoomsQuestions>(roomsProto, `127.0.0.1:${server.port}`);
});
afterAll(async () => {
  rooms?.close();
  await server?.close();
  await loseKeys(save.redis, on.namespace);
  await Promise.all([save?.close(), sponsor?.close(), goal?.close()]);
  await on?.drop();
});

const at = (minutesAgo: number) => new Date(now.getTime() - minutesAgo * 60_000).toISOString();
const donor = (name: string) => ({ uuid: freshId(), type: 'client' as const, name });

test('a room exists from the first accepted event in it', async () => {
  const payload = exampleMessage();
  expect(await rooms.roomExists({ owner_id: payload.owner_id })).toEqual({ exists: false });
  await save.when({ name: 'AddNewMessage', payload, id: payload.message_id });
  expect(await rooms.roomExists({ owner_id: payload.owner_id })).toEqual({ exists: true });
  expect(await rooms.roomExists({ owner_id: payload.from.uuid })).toEqual({ exists: false });
});

test('an id that is none is refused', async () => {
  await expect(rooms.roomExists({ owner_id: 'x' })).rejects.toMatchObject({ status: 400 });
});

test('the history answers with the JSON of its events', async () => {
  const payload = exampleMessage({ created_at: at(1) });
  await save.when({ name: 'AddNewMessage', payload, id: payload.message_id });
  const { events } = await rooms.history({ owner_id: payload.owner_id, subject: freshId() });
  expect(events.map((text) => JSON.parse(text) as object)).toMatchObject([{ type: 'message', id: payload.message_id }]);
});

describe('a donation', () => {
  test('is told to its donor and the owner, and is absent for anybody else', async () => {
    const donate = exampleDonation();
    const { donate_id, owner_id, from } = donate;
    await save.when({ name: 'AddNewDonate', payload: donate, id: donate_id });
    for (const subject of [owner_id, from.uuid]) {
      expect(await rooms.donation({ donate_id, subject })).toMatchObject({
        status: 'pending',
        reason: '',
        sum: '15.50',
      });
    }
    await expect(rooms.donation({ donate_id, subject: freshId() })).rejects.toMatchObject({ status: 404 });
    await expect(rooms.donation({ donate_id: freshId(), subject: owner_id })).rejects.toMatchObject({ status: 404 });
    await save.when(givenRejected(donate));
    expect(await rooms.donation({ donate_id, subject: owner_id })).toMatchObject({
      status: 'rejected',
      reason: 'insufficient_balance',
    });
  });
});

describe('goal and sponsor', () => {
  test('of a room where nothing happened are none, at version 0', async () => {
    const owner_id = freshId();
    expect(await rooms.goal({ owner_id })).toEqual({ goal: null, ended: null, version: 0 });
    const nobody = { sponsor: null, total: '0.00', currency: 'USD', version: 0 };
    expect(await rooms.sponsor({ owner_id })).toEqual(nobody);
  });

  test('are those of the last event', async () => {
    const [owner_id, ann] = [freshId(), donor('Ann')];
    for (const name of ['Lamp', 'Desk']) {
      const goal_id = freshId();
      const owner = { uuid: owner_id, type: 'user' as const, name: 'Mia' };
      const payload = { goal_id, owner, name, require_sum: '5.00', currency: 'USD', created_at: at(1) };
      await goal.when({ name: 'AddNewGoal', payload, id: goal_id });
    }
    const money = ['7.00', '1.00'].map((sum) => givenSettled(exampleDonation({ owner_id, from: ann, sum }), at(0)));
    await goal.when(...money);
    await sponsor.when(...money);
    expect(await rooms.goal({ owner_id })).toMatchObject({
      goal: { name: 'Desk', sum: '1.00', version: 5 },
      ended: { name: 'Lamp', sum: '7.00', version: 3 },
      version: 5,
    });
    expect(await rooms.sponsor({ owner_id })).toEqual({
      sponsor: { uuid: ann.uuid, name: 'Ann' },
      ...{ total: '8.00', currency: 'USD', version: 1 },
    });
  });
});

test('the leaderboard is by clock hours: ever, 24 of them, the current one', async () => {
  const [owner_id, ann, bob, eve] = [freshId(), donor('Ann'), donor('Bob'), donor('Eve')];
  const give = (from: typeof ann, sum: string, minutesAgo: number) =>
    givenSettled(exampleDonation({ owner_id, from, sum }), at(minutesAgo));
  await sponsor.when(give(ann, '9.00', 60 * 48), give(bob, '5.00', 60 * 2), give(eve, '1.00', 5), give(bob, '1.50', 5));
  const board = async (window: 'all' | 'day' | 'hour', limit = 50) =>
    (await rooms.leaderboard({ owner_id, window, limit })).leaders.map(({ name, total }) => `${name} ${total}`);
  expect(await board('all')).toEqual(['Ann 9.00', 'Bob 6.50', 'Eve 1.00']);
  expect(await board('day')).toEqual(['Bob 6.50', 'Eve 1.00']);
  expect(await board('hour')).toEqual(['Bob 1.50', 'Eve 1.00']);
  expect(await board('hour', 1)).toEqual(['Bob 1.50']);
  await expect(board('all', 101)).rejects.toMatchObject({ status: 400 });
});

test('viewers are those with a live connection in the room', async () => {
  const [owner_id, ann] = [freshId(), donor('Ann')];
  const connection = { subject: ann.uuid, type: ann.type, name: ann.name, boot: 'b' };
  const register = (id: string) => lease(save.redis, on.namespace, id, connection, [owner_id], now.getTime());
  await Promise.all([register(freshId()), register(freshId())]);
  expect(await rooms.viewers({ owner_id })).toEqual({ viewers: [{ ...ann, connections: 2 }] });
});

test('operators page through all events of a room, without the text of what is private', async () => {
  const owner_id = freshId();
  const messages = [
    exampleMessage({ owner_id, value: 'one' }),
    exampleMessage({ owner_id, value: 'our secret', is_public: false }),
    exampleMessage({ owner_id, value: 'three' }),
  ];
  await save.when(...messages.map((payload) => ({ name: 'AddNewMessage' as const, payload, id: payload.message_id })));
  const first = await rooms.roomEvents({ owner_id, after: '', limit: 2 });
  const second = await rooms.roomEvents({ owner_id, after: first.next, limit: 2 });
  const ids = [...first.events, ...second.events].map((text) => (JSON.parse(text) as { id: string }).id);
  expect(ids).toEqual(messages.map(({ message_id }) => message_id).reverse());
  expect(second.next).toBe('');
  expect(first.events.join()).not.toContain('our secret');
  await expect(rooms.roomEvents({ owner_id, after: '!', limit: 2 })).rejects.toMatchObject({ status: 400 });
});
