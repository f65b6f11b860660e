import { expect, test } from '@jest/globals';
import { countOf, delayAt, machineMs } from '../support/delays.ts';
import { Arrivals } from './arrivals.ts';

test('an arrival counts from when its event was due, in the span that its number belongs to', () => {
  const arrivals = new Arrivals({ fromMs: machineMs() - 60_000, perSecond: 100 });
  for (const first of [1, 101, 101, 1_001]) arrivals.beginSpan(first);
  // Event 100 was due a second after the start, event 1,000 ten: 59 and 50 seconds ago.
  for (const number of [100, 1_000, 1_000, 2_000]) arrivals.note(number);
  const [early = [], never = [], middle = [], late = []] = arrivals.taken();
  expect([early, never, middle, late].map(countOf)).toEqual([1, 0, 2, 1]);
  expect(Math.abs(delayAt(early, 1) - 59_000)).toBeLessThan(5_000);
  expect(Math.abs(delayAt(middle, 1) - 50_000)).toBeLessThan(5_000);
  expect(Math.abs(delayAt(late, 1) - 40_000)).toBeLessThan(5_000);
});
