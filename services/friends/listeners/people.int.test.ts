import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { freshId, uuidToBytes } from '../../../shared/ids.ts';
import {
  happened,
  openTestFriends,
  profile,
  registered,
  relationsLeft,
  type Someone,
  type TestFriends,
} from '../testing/friends.ts';

let friends: TestFriends;
beforeAll(async () => {
  friends = await openTestFriends();
});
afterAll(() => friends.close());

const someone = (name = 'Ann'): Someone => ({ uuid: freshId(), name });

async function rowOf({ uuid }: Someone) {
  const [row] = await friends.database.select('SELECT name, status, profile_version FROM people WHERE uuid = ?', [
    uuidToBytes(uuid),
  ]);
  return row ?? null;
}

test('who has registered is known by their nickname, and the same again changes nothing', async () => {
  const ann = someone();
  expect(await friends.worker.when(registered(ann))).toEqual({ outcomes: ['done'], emitted: [] });
  await friends.worker.when(profile(ann, 'Anna', 2));
  expect((await friends.worker.when(registered(ann))).outcomes).toEqual(['duplicate']);
  expect(await rowOf(ann)).toEqual({ name: 'Anna', status: 'active', profile_version: '2' });
});

test('of two profiles the newer stays, whichever comes first, within one batch too', async () => {
  const ann = someone();
  await friends.worker.when(registered(ann), profile(ann, 'Second', 2), profile(ann, 'Third', 3));
  expect((await friends.worker.when(profile(ann, 'Second', 2))).outcomes).toEqual(['duplicate']);
  expect(await rowOf(ann)).toMatchObject({ name: 'Third', profile_version: '3' });
  await friends.worker.when(profile(ann, 'Fifth', 5), profile(ann, 'Fourth', 4));
  expect(await rowOf(ann)).toMatchObject({ name: 'Fifth', profile_version: '5' });
});

test('a nickname that went with its person leaves no name', async () => {
  const ann = someone();
  await friends.worker.when(registered(ann), happened('UserDeleted', ann), profile(ann, null, 2));
  expect(await rowOf(ann)).toEqual({ name: '', status: 'deleted', profile_version: '2' });
});

test('what comes before the registration makes the row, and the registration leaves it', async () => {
  const [ann, bob, eve] = [someone('Ann'), someone('Bob'), someone('Eve')];
  await friends.worker.when(profile(ann, 'Anna', 1), happened('UserBlocked', bob), happened('UserDeleted', eve));
  await friends.worker.when(registered(ann), registered(bob), registered(eve));
  expect([await rowOf(ann), await rowOf(bob), await rowOf(eve)]).toMatchObject([
    { name: 'Anna', status: 'active' },
    { status: 'blocked' },
    { status: 'deleted' },
  ]);
});

test("an operator's block comes and goes, and an old one that is delivered again changes nothing", async () => {
  const ann = someone();
  const block = { ...happened('UserBlocked', ann), id: freshId() };
  await friends.worker.when(registered(ann), block);
  expect(await rowOf(ann)).toMatchObject({ status: 'blocked' });
  await friends.worker.when(happened('UserUnblocked', ann));
  expect((await friends.worker.when(block)).outcomes).toEqual(['duplicate']);
  expect(await rowOf(ann)).toMatchObject({ status: 'active' });
});

test('who is deleted stays so', async () => {
  const ann = someone();
  await friends.worker.when(registered(ann), happened('UserDeleted', ann), happened('UserUnblocked', ann));
  await friends.worker.when(happened('UserBlocked', ann));
  expect(await rowOf(ann)).toMatchObject({ status: 'deleted' });
});

test('with a person go their friendships, requests and blocks of either side, and nothing else, and nothing is told', async () => {
  const [ann, bob, eve, dan, joe] = (await friends.people('Ann', 'Bob', 'Eve', 'Dan', 'Joe')) as Someone[] as [
    Someone,
    Someone,
    Someone,
    Someone,
    Someone,
  ];
  const { request, accept, block } = friends.questions;
  await request(friends.between(ann, bob));
  await accept(friends.between(bob, ann));
  await request(friends.between(eve, ann));
  await block(friends.between(ann, dan));
  await block(friends.between(joe, ann));
  await request(friends.between(bob, eve));
  await block(friends.between(dan, joe));
  expect(await relationsLeft(friends.database, ann)).toBe(4);
  const { outcomes, emitted } = await friends.worker.when(happened('UserDeleted', ann));
  expect([outcomes, emitted]).toEqual([['done'], []]);
  expect(await relationsLeft(friends.database, ann)).toBe(0);
  expect(await friends.pair(ann, bob)).toMatchObject({ state: 'none', requestedBy: null, version: 2 });
  expect(await friends.pair(bob, eve)).toMatchObject({ state: 'requested' });
  expect(await friends.pair(dan, joe)).toMatchObject({ blockedBy: new Set([dan.uuid]) });
});

test('a whole log that comes again changes not one row', async () => {
  const [ann, bob] = [someone('Ann'), someone('Bob')];
  await friends.worker.when(
    ...[registered(ann), registered(bob), profile(ann, 'Anna', 1), happened('UserBlocked', ann)],
    ...[happened('UserUnblocked', ann), profile(ann, 'Annie', 2), happened('UserBlocked', ann)],
    ...[happened('UserDeleted', bob), profile(bob, null, 1)],
  );
  const before = [await rowOf(ann), await rowOf(bob)];
  expect(before).toMatchObject([
    { name: 'Annie', status: 'blocked' },
    { name: '', status: 'deleted' },
  ]);
  expect(await friends.worker.again()).toEqual({ outcomes: Array(9).fill('duplicate'), emitted: [] });
  expect([await rowOf(ann), await rowOf(bob)]).toEqual(before);
});
