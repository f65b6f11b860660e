import { describe, expect, test } from '@jest/globals';
import { percentile } from './numbers.ts';
import { countOf, DelayCounter, delayAt } from './delays.ts';

describe('counted delays', () => {
  test('have the percentiles of the delays themselves, to a tenth of a millisecond', () => {
    const delays = Array.from({ length: 1_000 }, (_, at) => ((at * 7_919) % 1_000) / 10);
    const counter = new DelayCounter();
    for (const delay of delays) counter.add(delay);
    for (const rank of [0.5, 0.99, 1]) expect(delayAt(counter.taken(), rank)).toBeCloseTo(percentile(delays, rank), 5);
  });

  test('are the same, counted in one process or in several', () => {
    const [one, other, both] = [new DelayCounter(), new DelayCounter(), new DelayCounter()];
    for (const [at, delay] of [3, 3, 8, 1, 20].entries()) {
      both.add(delay);
      (at % 2 === 0 ? one : other).add(delay);
    }
    const merged = [...one.taken(), ...other.taken()];
    expect(countOf(merged)).toBe(5);
    for (const rank of [0.2, 0.5, 0.8, 1]) expect(delayAt(merged, rank)).toBe(delayAt(both.taken(), rank));
  });

  test('are no number where there were none', () => {
    expect(delayAt([], 0.5)).toBeNaN();
  });
});
