import { expect, test } from '@jest/globals';
import { characters, money, percent, readSum } from './format.ts';

test('a sum is taken as people type it, and never with more digits than its currency has', () => {
  expect(['15.5', ' 15,50 ', '.5', '007'].map((typed) => readSum(typed, 'USD'))).toEqual(['15.5', '15.50', '0.5', '7']);
  expect(['0', '-1', '1e3', '1.234', '', '1000000.01', 'x'].map((typed) => readSum(typed, 'USD'))).toEqual(
    Array.from({ length: 7 }, () => null),
  );
  expect([readSum('500', 'JPY'), readSum('500.5', 'JPY'), readSum('1.234', 'KWD')]).toEqual(['500', null, '1.234']);
});

test('a sum is shown exactly, however long it is', () => {
  expect(money('9007199254740993.01', 'USD').replace(/\D/g, '')).toBe('900719925474099301');
});

test('the way to a goal stays between nothing and all of it', () => {
  expect([percent('5', '10'), percent('15', '10'), percent('0', '0'), percent('', '')]).toEqual([50, 100, 0, 0]);
});

test('an emoji of four bytes counts as one character', () => {
  expect(characters('🌊é')).toBe(2);
});
