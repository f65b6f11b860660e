import { describe, expect, test } from '@jest/globals';
import { answered, delaysOf, missing, type Posts, secondsUntilNormal } from './overload-figures.ts';

/** Ten posts a second, each with its delay; null: the post was shed. */
function posts(delays: readonly (number | null)[]): Posts {
  const dueMs = delays.map((_, place) => 5_000 + place * 100);
  return {
    dueMs,
    statuses: delays.map((delay) => (delay === null ? 503 : 201)),
    arrivedMs: delays.map((delay, place) => (delay === null ? null : 5_000 + place * 100 + delay)),
  };
}
const second = (delay: number | null) => Array<number | null>(10).fill(delay);
const all = (made: Posts) => ({ first: 0, end: made.dueMs.length });

describe('what an overload did', () => {
  test('a delay counts from when the post was due, and only for what was accepted', () => {
    expect(delaysOf(posts([3, null, 7]), { first: 0, end: 3 })).toEqual([3, 7]);
    expect(answered(posts([3, null, 7]), { first: 1, end: 3 }, 503)).toBe(1);
  });

  test('what was accepted and did not arrive is missing', () => {
    const made = { ...posts([3, null, 7]), arrivedMs: [1, null, null] };
    expect(missing(made, (place) => made.arrivedMs[place] !== null)).toEqual([2]);
    expect(delaysOf(made, { first: 2, end: 3 })).toEqual([Infinity]);
  });

  test('it is normal again at the end of the first of two seconds that are', () => {
    const made = posts([...second(900), ...second(5), ...second(800), ...second(9), ...second(10)]);
    expect(secondsUntilNormal(made, all(made), 10)).toBe(4);
    expect(secondsUntilNormal(made, all(made), 1_000)).toBe(1);
  });

  test('a second in which something was shed is not normal', () => {
    const made = posts([...second(5).with(3, null), ...second(5), ...second(5)]);
    expect(secondsUntilNormal(made, all(made), 10)).toBe(2);
  });

  test('where it never was normal again there is no such time', () => {
    const made = posts([...second(5), ...second(50), ...second(5)]);
    expect(secondsUntilNormal(made, all(made), 10)).toBeNull();
  });
});
