import { describe, expect, test } from '@jest/globals';
import { atLeast, atMost } from './figure.ts';
import { isMet, median, percentile, ratios, show, showSpread } from './numbers.ts';

describe('numbers of the benchmarks', () => {
  test('the median of an odd and of an even number of values', () => {
    expect(median([9, 1, 5])).toBe(5);
    expect(median([4, 1, 3, 2])).toBe(2.5);
    expect(median([])).toBeNaN();
  });

  test('a percentile is a value that was measured', () => {
    const values = Array.from({ length: 100 }, (_, index) => index + 1);
    expect(percentile(values, 0.5)).toBe(50);
    expect(percentile(values, 0.99)).toBe(99);
    expect(percentile([7], 0.99)).toBe(7);
  });

  test('ratios are taken round by round', () => {
    expect(ratios([10, 30], [5, 10])).toEqual([2, 3]);
  });

  test('a target is held against the median, either way', () => {
    expect(isMet(atLeast(2), [1, 2, 9])).toBe(true);
    expect(isMet(atMost(2), [1, 2.1, 9])).toBe(false);
  });

  test('values are shown with the digits that mean something', () => {
    expect([1_234_567.8, 12.345, 0.0123456, NaN].map(show)).toEqual(['1,234,568', '12.3', '0.0123', 'none']);
    expect(showSpread([3, 1, 2])).toBe('2 [1–3]');
    expect(showSpread([3])).toBe('3');
  });
});
