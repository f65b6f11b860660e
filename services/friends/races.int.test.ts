import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { sleep } from '../../shared/clock.ts';
import { freshId } from '../../shared/ids.ts';
import { strangers } from './friendship.ts';
import type { FriendsQuestions, PairAnswer } from './questions.ts';
import {
  happened,
  openTestFriends,
  relationsLeft,
  type Someone,
  statusOf,
  type TestFriends,
} from './testing/friends.ts';
import { endRelations } from './tables/pairs.ts';
import { saveStatuses } from './tables/people.ts';
import { replay } from './testing/replay.ts';

/** What two people do at the same instant: every interleaving must end in one of the orders that are possible. */
let friends: TestFriends;
beforeAll(async () => {
  friends = await openTestFriends();
});
afterAll(() => friends.close());

type Asked = Exclude<keyof FriendsQuestions, 'list'>;
const commands: readonly Asked[] = ['request', 'accept', 'decline', 'remove', 'block', 'unblock'];
const ROUNDS = 100;

const ask = (command: Asked, by: Someone, other: Someone, request_id = ''): Promise<PairAnswer> =>
  friends.questions[command](friends.between(by, other, { request_id }));
const pairs = async (number: number) => {
  const people = await friends.people(...Array.from({ length: 2 * number }, (_, at) => `Person ${at}`));
  return Array.from({ length: number }, (_, at) => people.slice(2 * at, 2 * at + 2) as [Someone, Someone]);
};
const pick = <T>(from: readonly T[]): T => from[Math.floor(Math.random() * from.length)] as T;

/** Everything told of the two, put through the rules again, gives what is stored. */
async function expectReplayable(one: Someone, other: Someone) {
  const told = await friends.told(one, other);
  expect(replay(told)).toEqual(await friends.pair(one, other));
  return told;
}

test('two requests that cross make a friendship: one is the request, the other the acceptance', async () => {
  for (const [ann, bob] of await pairs(ROUNDS)) {
    const answers = await Promise.all([ask('request', ann, bob), ask('request', bob, ann)]);
    expect(answers.map(({ state }) => state).sort()).toEqual(['friends', 'requested']);
    expect(await friends.pair(ann, bob)).toMatchObject({ state: 'friends', version: 2 });
    const told = await expectReplayable(ann, bob);
    expect(told.map(({ name, version }) => [name, version])).toEqual([
      ['FriendRequestSent', 1],
      ['FriendAccepted', 2],
    ]);
    expect(new Set(told.map(({ by }) => by)).size).toBe(2);
  }
});

test('50 acceptances at once are told once', async () => {
  const [[ann, bob]] = (await pairs(1)) as [[Someone, Someone]];
  await ask('request', ann, bob);
  const statuses = await Promise.all(Array.from({ length: 50 }, () => statusOf(ask('accept', bob, ann))));
  expect(statuses.filter((status) => status === 'done')).toHaveLength(1);
  expect(statuses.filter((status) => status === 404)).toHaveLength(49);
  expect((await friends.told(ann, bob)).map(({ name }) => name)).toEqual(['FriendRequestSent', 'FriendAccepted']);
});

test('50 blocks at once are told once, and all are answered', async () => {
  const [[ann, bob]] = (await pairs(1)) as [[Someone, Someone]];
  const statuses = await Promise.all(Array.from({ length: 50 }, () => statusOf(ask('block', bob, ann))));
  expect(new Set(statuses)).toEqual(new Set(['done']));
  expect((await friends.told(ann, bob)).map(({ name }) => name)).toEqual(['PersonBlocked']);
});

test('a block and a request at once: whichever comes first, nothing but the block is left', async () => {
  const orders = new Set<string>();
  for (const [at, [ann, bob]] of (await pairs(ROUNDS)).entries()) {
    const asking = () => statusOf(ask('request', bob, ann));
    const blocking = () => statusOf(ask('block', ann, bob));
    const [asked, blocked] =
      at % 2 === 0 ? await Promise.all([asking(), blocking()]) : (await Promise.all([blocking(), asking()])).reverse();
    expect(blocked).toBe('done');
    expect(['done', 403]).toContain(asked);
    expect(await friends.pair(ann, bob)).toMatchObject({ state: 'none', blockedBy: new Set([ann.uuid]) });
    const told = (await expectReplayable(ann, bob)).map(({ name }) => name);
    expect(told).toEqual(asked === 'done' ? ['FriendRequestSent', 'PersonBlocked'] : ['PersonBlocked']);
    orders.add(told.join());
  }
  expect(orders.size).toBe(2);
});

test('a request and the deletion of whom it is for, at once: nothing is left between them', async () => {
  for (const [at, [ann, bob]] of (await pairs(30)).entries()) {
    const asking = async () => statusOf(ask(at % 2 === 0 ? 'request' : 'block', ann, bob));
    const [status] = await Promise.all([asking(), friends.worker.when(happened('UserDeleted', bob))]);
    expect(['done', 404]).toContain(status);
    expect(await relationsLeft(friends.database, bob)).toBe(0);
  }
});

test('a request in the middle of a deletion waits for it, and then finds nobody', async () => {
  const [[ann, bob]] = (await pairs(1)) as [[Someone, Someone]];
  const asking = await friends.database.transaction(async (tx) => {
    await saveStatuses(tx, new Map([[bob.uuid, 'deleted']]));
    await endRelations(tx, [bob.uuid], new Date());
    const status = statusOf(ask('request', ann, bob));
    // Long enough for a request that does not wait.
    await Promise.race([status, sleep(300)]);
    return { status };
  });
  expect(await asking.status).toBe(404);
  expect(await relationsLeft(friends.database, bob)).toBe(0);
});

test('people who were never heard of and ask each other at once do not stop one another', async () => {
  const [known] = (await friends.people('Known')) as [Someone];
  const fresh = Array.from({ length: 16 }, (_, at) => ({ uuid: freshId(), name: `Fresh ${at}` }));
  const asking = fresh.flatMap((one, at) => [
    statusOf(ask('request', one, known)),
    statusOf(ask('request', one, fresh[(at + 1) % fresh.length] as Someone)),
  ]);
  const statuses = await Promise.all(asking);
  expect(statuses.filter((_, at) => at % 2 === 0)).toEqual(fresh.map(() => 'done'));
  expect(statuses.filter((_, at) => at % 2 === 1).every((status) => status === 'done' || status === 404)).toBe(true);
});

test('8 people under random commands of 16 callers at once: nobody meets a deadlock, and what was told gives what is stored', async () => {
  const people = await friends.people(...Array.from({ length: 8 }, (_, at) => `Person ${at}`));
  const statuses = new Map<unknown, number>();
  const caller = async () => {
    for (let step = 0; step < 40; step++) {
      const by = pick(people);
      const other = pick(people.filter((one) => one !== by));
      // Some come twice under one key, at the same time.
      const key = Math.random() < 0.2 ? freshId() : '';
      const command = pick([...commands, 'request', 'request', 'accept', 'unblock'] as const);
      const times = key ? 2 : 1;
      const asked = Array.from({ length: times }, () => statusOf(ask(command, by, other, key)));
      for (const status of await Promise.all(asked)) statuses.set(status, (statuses.get(status) ?? 0) + 1);
    }
  };
  await Promise.all(Array.from({ length: 16 }, caller));
  expect(
    [...statuses.keys()].filter((status) => typeof status === 'number' && ![403, 404, 409].includes(status)),
  ).toEqual([]);
  let told = 0;
  for (const [at, one] of people.entries()) {
    for (const other of people.slice(at + 1)) {
      const events = await expectReplayable(one, other);
      if (events.length === 0) expect(await friends.pair(one, other)).toEqual(strangers);
      told += events.length;
    }
  }
  expect(told).toBeGreaterThan(100);
  expect(statuses.get('repeated')).toBeGreaterThan(0);
});
