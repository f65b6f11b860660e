import { expect, test } from '@jest/globals';
import { outOfOrder, placesOf, unreadable } from './order.ts';

const letters = (text: string) => [...text];

test('an order is right where it runs through another one, with or without what that lacks', () => {
  for (const order of ['abcd', 'ad', '', 'axd', 'xyz']) {
    expect(outOfOrder(letters(order), placesOf(letters('abcd')))).toEqual([]);
  }
});

test('what comes behind a later one is named', () => {
  expect(outOfOrder(letters('acbd'), placesOf(letters('abcd')))).toEqual(['b']);
  expect(outOfOrder(letters('dabc'), placesOf(letters('abcd')))).toEqual(['a', 'b', 'c']);
});

test('of an id that is there twice the first place counts', () => {
  expect([...placesOf(letters('abca'))]).toEqual([
    ['a', 0],
    ['b', 1],
    ['c', 2],
  ]);
});

test('who missed an id may be shown its repeat, but nothing backwards', () => {
  expect(unreadable(letters('bca'), letters('abcabc'))).toEqual([]);
  expect(unreadable(letters('bca'), letters('abc'))).toEqual(['a']);
  expect(unreadable(letters('cba'), letters('abcabc'))).toEqual(['a']);
  expect(unreadable(letters('axb'), letters('ab'))).toEqual([]);
});
