import { expect, test } from '@jest/globals';
import type { Lists, Related } from './people-answers.ts';
import { initialPeople, reducePeople, relationTo, type PeopleEvent, type PeopleState } from './people-state.ts';

const related = (name: string): Related => ({ uuid: name.toLowerCase(), name, status: '', since: '' });
const found = (name: string) => ({ uuid: name.toLowerCase(), name, about: '' });
const lists = (some: Partial<Lists>): Lists => ({ incoming: [], outgoing: [], friends: [], blocked: [], ...some });
const after = (events: PeopleEvent[], from: PeopleState = initialPeople()) => events.reduce(reducePeople, from);
const intention = (key: string, uuid: string) => ({ key, act: 'request' as const, uuid, name: uuid });

test('what is between two people follows from the lists', () => {
  const known = lists({ friends: [related('Bob')], incoming: [related('Eve')], blocked: [related('Dan')] });
  expect(['ann', 'bob', 'eve', 'dan', 'zoe'].map((uuid) => relationTo(known, uuid, 'ann'))).toEqual([
    'self',
    'friends',
    'incoming',
    'blocked',
    'nothing',
  ]);
  expect(relationTo(null, 'bob', 'ann')).toBe('nothing');
});

test('lists that were asked for before one’s own change do not undo it on the page', () => {
  const before = lists({ incoming: [related('Bob')] });
  const state = after([
    { type: 'lists_read', lists: before, askedAt: 0 },
    { type: 'sending', intention: intention('k1', 'bob') },
    { type: 'done', key: 'k1', news: 'Bob is your friend now.' },
    { type: 'lists_read', lists: lists({ friends: [related('Bob')] }), askedAt: 1 },
    { type: 'lists_read', lists: before, askedAt: 0 },
  ]);
  expect(relationTo(state.lists, 'bob', 'ann')).toBe('friends');
});

test('what others did is news, what was there at first is none, and one’s own deed is told once', () => {
  const first = after([
    { type: 'lists_read', lists: lists({ incoming: [related('Eve')], outgoing: [related('Bob')] }), askedAt: 0 },
  ]);
  expect(first.news).toBe('');
  const second = after(
    [
      {
        type: 'lists_read',
        lists: lists({ incoming: [related('Eve'), related('Dan')], friends: [related('Bob')] }),
        askedAt: 0,
      },
    ],
    first,
  );
  expect(second.news).toBe('Dan asks to be your friend. Bob is your friend now.');
  const own = after(
    [
      { type: 'done', key: 'k', news: 'Eve is your friend now.' },
      { type: 'lists_read', lists: lists({ friends: [related('Bob'), related('Eve')] }), askedAt: 1 },
    ],
    second,
  );
  expect(own.news).toBe('Eve is your friend now.');
});

test('of two answers to what is typed the one to the newer text is shown', () => {
  const state = after([
    { type: 'search_typed', text: 'a' },
    { type: 'search_typed', text: ' an ' },
    { type: 'search_read', text: 'an', after: '', found: [found('Ann')], next: '' },
    { type: 'search_read', text: 'a', after: '', found: [found('Abe')], next: '' },
    { type: 'search_failed', text: 'a', words: 'out of reach' },
  ]);
  expect(state.search).toMatchObject({ foundFor: 'an', found: [{ name: 'Ann' }], trouble: '' });
});

test('a further page follows the one before it, with nobody twice', () => {
  const first = after([
    { type: 'search_typed', text: 'a' },
    { type: 'search_read', text: 'a', after: '', found: [found('Abe'), found('Ann')], next: 'n1' },
  ]);
  const page: PeopleEvent = {
    type: 'search_read',
    text: 'a',
    after: 'n1',
    found: [found('Ann'), found('Ava')],
    next: '',
  };
  const both = after([page, page], first);
  expect(both.search.found.map(({ name }) => name)).toEqual(['Abe', 'Ann', 'Ava']);
  expect(both.search.next).toBe('');
});

test('an emptied search box shows nothing, not even what is still on its way', () => {
  const state = after([
    { type: 'search_typed', text: 'a' },
    { type: 'search_read', text: 'a', after: '', found: [found('Abe')], next: 'n1' },
    { type: 'search_typed', text: '  ' },
    { type: 'search_read', text: 'a', after: 'n1', found: [found('Ann')], next: '' },
  ]);
  expect(state.search.found).toEqual([]);
});

test('an intention that failed keeps its key and its words, and a second try takes its place', () => {
  const failed = after([
    { type: 'sending', intention: intention('k1', 'bob') },
    { type: 'failed', key: 'k1', words: 'out of reach' },
  ]);
  expect(failed.intentions).toEqual([{ ...intention('k1', 'bob'), state: 'failed', words: 'out of reach' }]);
  const again = after([{ type: 'sending', intention: intention('k1', 'bob') }], failed);
  expect(again.intentions).toEqual([{ ...intention('k1', 'bob'), state: 'sending', words: '' }]);
  expect(after([{ type: 'done', key: 'k1', news: '' }], again).intentions).toEqual([]);
});

test('lists that can’t be read leave the older ones, and say why', () => {
  const state = after([
    { type: 'lists_read', lists: lists({ friends: [related('Bob')] }), askedAt: 0 },
    { type: 'lists_failed', words: 'out of reach' },
  ]);
  expect([state.lists?.friends.length, state.trouble]).toEqual([1, 'out of reach']);
});
