import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { freshId } from '../../shared/ids.ts';
import { marked, openTestProfiles, statusOf, type TestProfiles } from './testing/profiles.ts';

let profiles: TestProfiles;
beforeAll(async () => {
  profiles = await openTestProfiles();
});
afterAll(() => profiles.close());

/** The nicknames that a search finds, page by page. */
async function found(search: string, limit = 100): Promise<string[][]> {
  const pages: string[][] = [];
  for (let after = ''; ;) {
    const { people, next } = await profiles.questions.search({ search, after, limit });
    pages.push(people.map(({ nickname }) => nickname));
    if (next === '') return pages;
    after = next;
  }
}

const sorted = (texts: readonly string[]) => [...texts].sort();

describe('250 people', () => {
  const oddEnds = [
    '%',
    '_',
    '\\',
    '!',
    '😀',
    '😀😀',
    '\u{10FFFD}',
    '漢',
    "'",
    '"',
    'é',
    'ß',
    '\u200Bx',
    ' y',
    '\u{1F468}\u200D\u{1F469}',
  ];
  const names = Array.from({ length: 250 }, (_, at) => `page ${oddEnds[at % oddEnds.length]}${at}`);
  beforeAll(async () => {
    await Promise.all(names.map((nickname) => profiles.person(nickname)));
    await Promise.all(['pag', 'pagf', 'q', 'Ωmega'].map((nickname) => profiles.person(nickname)));
  });

  test.each([1, 7, 50, 100])('are found %p a page, without a gap and without a repeat', async (limit) => {
    const pages = await found('page', limit);
    expect(pages.slice(0, -1).every((page) => page.length === limit)).toBe(true);
    expect(pages).toHaveLength(Math.ceil(names.length / limit));
    expect(sorted(pages.flat())).toEqual(sorted(names));
  });

  test('are found in one order, whatever the size of the pages', async () => {
    expect((await found('page', 13)).flat()).toEqual((await found('page', 100)).flat());
  });

  test('who come and go meanwhile move nobody else', async () => {
    const first = await profiles.questions.search({ search: 'page', after: '', limit: 100 });
    const last = first.people.at(-1)?.uuid ?? '';
    const nickname = first.people.at(-1)?.nickname ?? '';
    await profiles.questions.update({ uuid: last, nickname: 'gone from the pages' });
    const rest = await profiles.questions.search({ search: 'page', after: first.next, limit: 100 });
    expect(rest.people).toHaveLength(100);
    expect(rest.people.map((person) => person.uuid)).not.toContain(last);
    await profiles.questions.update({ uuid: last, nickname });
  });
});

test('what LIKE takes for a pattern is looked for as it stands', async () => {
  const names = ['w%a', 'w_a', 'w\\a', 'w!a', 'wxa', '%', '_', '\\'];
  await Promise.all(names.map((nickname) => profiles.person(nickname)));
  expect(await found('w%')).toEqual([['w%a']]);
  expect(await found('w_')).toEqual([['w_a']]);
  expect(await found('w\\')).toEqual([['w\\a']]);
  expect(await found('w!')).toEqual([['w!a']]);
  expect(await found('%')).toEqual([['%']]);
  expect(await found('_')).toEqual([['_']]);
  expect(await found('\\')).toEqual([['\\']]);
});

test('case and accents make no difference, emoji do', async () => {
  const names = ['Éva', 'evita', '😺cat', '😸cat'];
  await Promise.all(names.map((nickname) => profiles.person(nickname)));
  expect((await found('EV')).flat()).toEqual(['Éva', 'evita']);
  expect((await found('éV')).flat()).toEqual(['Éva', 'evita']);
  expect((await found('😺')).flat()).toEqual(['😺cat']);
});

test.each([["' OR 1=1 -- "], ['a\0b'], ['(a+)+$'], ['\u200B'], ['nobody'], ["%' UNION SELECT 1"]])(
  '%p finds nobody, and is no error',
  async (search) => expect(await found(search)).toEqual([[]]),
);

test('who is blocked or deleted is not found; who is unblocked is again', async () => {
  const worker = await profiles.worker();
  const people = await Promise.all(['hide a', 'hide b', 'hide c'].map((nickname) => profiles.person(nickname)));
  await worker.when(marked('UserBlocked', people[0] ?? ''));
  await worker.when(marked('UserDeleted', people[1] ?? ''));
  expect(await found('hide')).toEqual([['hide c']]);
  await worker.when(marked('UserUnblocked', people[0] ?? ''));
  expect(await found('hide')).toEqual([['hide a', 'hide c']]);
});

test('a page is asked of the replica, and of the index of nicknames', async () => {
  const before = profiles.replicaReads();
  await profiles.questions.search({ search: 'page', after: '', limit: 10 });
  expect(profiles.replicaReads()).toBe(before + 1);
  const [plan] = await profiles.database.select<{ key: string; type: string; Extra: string }>(
    "EXPLAIN SELECT * FROM profiles WHERE nickname LIKE 'page%' ESCAPE '!' AND status = 'active' AND nickname > 'page' " +
      'ORDER BY nickname LIMIT 11',
  );
  expect(plan).toMatchObject({ key: 'profiles_nickname_unique', type: 'range' });
  expect(plan?.Extra).not.toContain('filesort');
});

test('a cursor of another kind, and a page of another size, are refused', async () => {
  for (const after of ['!', 'QW5', Buffer.from('a'.repeat(33)).toString('base64url'), freshId()]) {
    expect(await statusOf(profiles.questions.search({ search: 'a', after, limit: 10 }))).toBe(400);
  }
  for (const limit of [0, 101, 1e9, NaN, -1]) {
    expect(await statusOf(profiles.questions.search({ search: 'a', after: '', limit }))).toBe(400);
  }
});
