import { expect, test } from '@jest/globals';
import { freshId } from '../../shared/ids.ts';
import { decideNickname } from './nickname.ts';

const [ann, bob] = [freshId(), freshId()];
const at = (second: number) => `2026-01-31T18:00:0${second}.000Z`;
const word = { nickname: 'Fox', at: at(5), version: 3 };
const own = { id: ann, nickname: 'Ann', at: at(1), version: 2 };
const holder = { id: bob, nickname: 'fox', at: at(4), version: 9 };

test('a free nickname is taken, none is cleared, and one that was only registered is replaced', () => {
  expect(decideNickname(own, null, word)).toEqual({ kind: 'set', nickname: 'Fox', from: null });
  expect(decideNickname(own, null, { ...word, nickname: null })).toEqual({ kind: 'set', nickname: null, from: null });
  const registered = { ...own, at: null, version: null };
  expect(decideNickname(registered, null, { ...word, version: 1 })).toEqual({
    kind: 'set',
    nickname: 'Fox',
    from: null,
  });
});

test('a word that is no newer than the last is skipped', () => {
  for (const version of [1, 2]) expect(decideNickname(own, null, { ...word, version })).toMatchObject({ kind: 'skip' });
  expect(decideNickname(null, null, word)).toMatchObject({ kind: 'skip' });
});

test('of two people the one with the later word holds it', () => {
  expect(decideNickname(own, holder, word)).toEqual({ kind: 'set', nickname: 'Fox', from: bob });
  const later = { ...holder, at: at(6) };
  expect(decideNickname(own, later, word)).toEqual({ kind: 'set', nickname: null, from: null });
  expect(decideNickname(own, { ...holder, at: null, version: null }, word)).toMatchObject({ from: bob });
});

test('of two words within a millisecond the later is told by its microseconds', () => {
  const [earlier, later] = ['2026-01-31T18:00:04.1232Z', '2026-01-31T18:00:04.123400Z'];
  expect(decideNickname(own, { ...holder, at: earlier }, { ...word, at: later })).toMatchObject({ from: bob });
  expect(decideNickname(own, { ...holder, at: later }, { ...word, at: earlier })).toMatchObject({ nickname: null });
});
