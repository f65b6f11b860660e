import { expect, test } from '@jest/globals';
import { actsFor, needsSecondClick } from './people-acts.ts';
import type { Relation } from './people-state.ts';

test('each relation offers what can follow from it, and nobody can do anything about themselves', () => {
  const relations: Relation[] = ['self', 'nothing', 'incoming', 'outgoing', 'friends', 'blocked'];
  expect(relations.map((relation) => actsFor(relation).main.join(' '))).toEqual([
    '',
    'request',
    'accept decline',
    'take-back',
    '',
    'unblock',
  ]);
  expect(relations.filter((relation) => actsFor(relation).more.includes('block'))).toEqual([
    'nothing',
    'incoming',
    'outgoing',
    'friends',
  ]);
});

test('what ends a friendship takes a second click', () => {
  expect([...actsFor('friends').more, ...actsFor('incoming').main].map(needsSecondClick)).toEqual([
    true,
    true,
    false,
    false,
  ]);
});
