import { expect, test } from '@jest/globals';
import { prefixPattern, readCursor, writeCursor } from './search.ts';

test.each([
  ['an', 'an%'],
  ['100%', '100!%%'],
  ['a_b', 'a!_b%'],
  ['wow!', 'wow!!%'],
  ['a\\b', 'a\\b%'],
  ['%_!%', '!%!_!!!%%'],
  ['😀', '😀%'],
  ['(a+)+$', '(a+)+$%'],
])('%p is looked for by the pattern %p', (text, pattern) => expect(prefixPattern(text)).toBe(pattern));

test.each(['Ann', '😀'.repeat(32), 'a%_\\!', "'; --", 'שלום'])(
  'a page that ended at %p goes on from there',
  (nickname) => {
    expect(writeCursor(nickname)).toMatch(/^[\w-]{1,256}$/);
    expect(readCursor(writeCursor(nickname))).toBe(nickname);
  },
);

test('without a cursor the list begins at its beginning', () => expect(readCursor('')).toBeNull());

test.each(['!', 'QW5u=', 'QW5', '_w', writeCursor('a'.repeat(33))])('%p is no cursor', (text) => {
  expect(() => readCursor(text)).toThrow('bad params');
});
