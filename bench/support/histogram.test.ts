import { expect, test } from '@jest/globals';
import { between, observations, parseHistogram, quantile } from './histogram.ts';

const text = (counts: readonly number[]) =>
  [
    ...['0.01', '0.05', '+Inf'].map((le, at) => `slice_seconds_bucket{le="${le}",group="save"} ${counts[at]}`),
    'slice_seconds_bucket{le="0.01",group="goal"} 99',
    'slice_seconds_count{group="save"} 7',
  ].join('\n');
const read = (counts: readonly number[]) => parseHistogram(text(counts), 'slice_seconds', 'group="save"');

test('a histogram is read for one label, bucket by bucket', () => {
  expect([...read([1, 3, 4])]).toEqual([
    [0.01, 1],
    [0.05, 3],
    [Infinity, 4],
  ]);
});

test('what was observed between two looks is the difference', () => {
  expect(observations(between(read([1, 3, 4]), read([2, 8, 10])))).toBe(6);
  expect(observations(between(new Map(), read([2, 8, 10])))).toBe(10);
});

test('a quantile lies within its bucket, in proportion', () => {
  expect(quantile(read([50, 100, 100]), 0.5)).toBeCloseTo(0.01);
  expect(quantile(read([50, 100, 100]), 0.75)).toBeCloseTo(0.03);
  expect(quantile(read([0, 100, 100]), 0.99)).toBeCloseTo(0.0496);
});

test('a quantile of nothing, or beyond the last bound, is none', () => {
  expect(() => quantile(read([0, 0, 0]), 0.99)).toThrow('nothing was observed');
  expect(() => quantile(read([0, 0, 10]), 0.99)).toThrow('beyond the last bound');
});
