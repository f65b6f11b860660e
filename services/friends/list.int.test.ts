import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { RelationsPage } from './questions.ts';
import { happened, openTestFriends, profile, type Someone, type TestFriends } from './testing/friends.ts';

let friends: TestFriends;
beforeAll(async () => {
  friends = await openTestFriends();
});
afterAll(() => friends.close());

const lists = ['friends', 'incoming', 'outgoing', 'blocked'] as const;
const uuidsOf = (page: RelationsPage) => lists.flatMap((list) => page[list].map(({ uuid }) => uuid));

/** All pages of a person, one after the other. */
async function pagesOf(person: Someone, limit: number): Promise<RelationsPage[]> {
  const pages: RelationsPage[] = [];
  for (let after = ''; pages.length === 0 || after !== '';) {
    const page = await friends.questions.list({ subject: person.uuid, after, limit });
    pages.push(page);
    after = page.next;
    if (pages.length > 300) throw new Error('the pages have no end');
  }
  return pages;
}

test('whoever was never heard of has nobody, and everybody only their own', async () => {
  const [ann, bob, eve] = (await friends.people('Ann', 'Bob', 'Eve')) as [Someone, Someone, Someone];
  const nothing = { friends: [], incoming: [], outgoing: [], blocked: [], next: '' };
  expect(await pagesOf(ann, 50)).toEqual([nothing]);
  await friends.questions.request(friends.between(ann, bob));
  const shown = ({ uuid, name }: Someone) => ({ uuid, name, status: '', since: expect.stringMatching(/^20.*Z$/) });
  expect(await pagesOf(ann, 50)).toEqual([{ ...nothing, outgoing: [shown(bob)] }]);
  expect(await pagesOf(bob, 50)).toEqual([{ ...nothing, incoming: [shown(ann)] }]);
  await friends.questions.accept(friends.between(bob, ann));
  expect(await pagesOf(ann, 50)).toEqual([{ ...nothing, friends: [shown(bob)] }]);
  await friends.questions.block(friends.between(bob, ann));
  expect(await pagesOf(bob, 50)).toEqual([{ ...nothing, blocked: [shown(ann)] }]);
  // Who is blocked does not see it here.
  expect([await pagesOf(ann, 50), await pagesOf(eve, 50)]).toEqual([[nothing], [nothing]]);
});

test('names and statuses are as they are now', async () => {
  const [ann, bob, eve] = (await friends.people('Ann', 'Bob', 'Eve')) as [Someone, Someone, Someone];
  await friends.questions.request(friends.between(bob, ann));
  await friends.questions.block(friends.between(ann, eve));
  await friends.worker.when(profile(bob, 'Robert', 2), happened('UserBlocked', bob));
  expect(await pagesOf(ann, 50)).toMatchObject([
    { incoming: [{ uuid: bob.uuid, name: 'Robert', status: 'blocked' }], blocked: [{ name: 'Eve', status: '' }] },
  ]);
  await friends.worker.when(happened('UserDeleted', bob), happened('UserDeleted', eve));
  expect((await pagesOf(ann, 50)).flatMap(uuidsOf)).toEqual([]);
});

test('250 relations of all kinds come newest change first, page by page, none left out and none twice', async () => {
  const [ann, ...others] = (await friends.people('Ann', ...Array.from({ length: 250 }, (_, at) => `Person ${at}`))) as [
    Someone,
    ...Someone[],
  ];
  const { request, accept, block } = friends.questions;
  const relate = async (other: Someone, kind: number) => {
    if (kind === 3) return block(friends.between(ann, other));
    await (kind === 1 ? request(friends.between(ann, other)) : request(friends.between(other, ann)));
    return kind === 0 ? accept(friends.between(ann, other)) : null;
  };
  await Promise.all(others.map((other, at) => relate(other, at % 4)));
  // Many changes in one instant are the hard case for a cursor.
  await friends.database.change("UPDATE friendships SET changed_at = '2026-01-05 00:00:00' WHERE MOD(version, 2) = 1");
  const pages = await pagesOf(ann, 7);
  const seen = pages.flatMap(uuidsOf);
  expect(seen).toHaveLength(250);
  expect(new Set(seen)).toEqual(new Set(others.map(({ uuid }) => uuid)));
  expect(pages.map((page) => uuidsOf(page).length)).toEqual([...Array(35).fill(7), 5]);
  const kinds = Object.fromEntries(lists.map((list) => [list, pages.flatMap((page) => page[list]).length]));
  expect(kinds).toEqual({ friends: 63, outgoing: 63, incoming: 62, blocked: 62 });
  const newest = pages.map((page) => lists.flatMap((list) => page[list].map(({ since }) => since)).sort());
  newest.slice(1).forEach((page, at) => expect((newest[at]?.[0] ?? '') >= (page.at(-1) ?? '')).toBe(true));
  for (const list of lists) {
    const times = pages.flatMap((page) => page[list].map(({ since }) => since));
    expect(times).toEqual([...times].sort().reverse());
  }
  const whole = await pagesOf(ann, 100);
  expect(whole.map((page) => uuidsOf(page).length)).toEqual([100, 100, 50]);
});

test.each([
  'x',
  '!',
  Buffer.from('1.x').toString('base64url'),
  Buffer.from(`99999999999999.${'0'.repeat(36)}`).toString('base64url'),
])('the cursor %p is refused', async (after) => {
  const [ann] = (await friends.people('Ann')) as [Someone];
  await expect(friends.questions.list({ subject: ann.uuid, after, limit: 10 })).rejects.toMatchObject({ status: 400 });
});

test('a page holds 1 to 100', async () => {
  const [ann] = (await friends.people('Ann')) as [Someone];
  for (const limit of [0, 101, -1]) {
    const asking = friends.questions.list({ subject: ann.uuid, after: '', limit });
    await expect(asking).rejects.toMatchObject({ status: 400 });
  }
});
