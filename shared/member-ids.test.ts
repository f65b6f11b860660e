import { expect, test } from '@jest/globals';
import { isMemberMessage, readMemberIds } from './member-ids.ts';

test.each([
  [undefined, []],
  ['{}', []],
  ['{"save":"a","goal":7}', [['save', 'a']]],
  ['null', []],
  ['{', []],
])('ids are read from %j', (text, entries) => {
  expect([...readMemberIds(text)]).toEqual(entries);
});

test.each([
  [{ member: { group: 'save', id: 'a' } }, true],
  [{ member: { group: 'save', id: null } }, true],
  [{ member: { group: 'save' } }, false],
  [{ member: null }, false],
  ['starting', false],
  [null, false],
])('%j is taken for a message of a member: %j', (message, is) => {
  expect(isMemberMessage(message)).toBe(is);
});
