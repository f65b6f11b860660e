import { expect, test } from '@jest/globals';
import { purgeInBatches } from './batches.ts';

/** Purges so many rows. @returns how many each statement removed */
async function purged(left: number, limits: { rows: number; batches: number; signal?: AbortSignal }) {
  const removed: number[] = [];
  await purgeInBatches(limits, async (rows) => {
    const number = Math.min(left, rows);
    left -= number;
    removed.push(number);
    return number;
  });
  return removed;
}

test.each([
  [0, [0]],
  [9, [9]],
  [10, [10, 0]],
  [25, [10, 10, 5]],
])('%d rows are removed in batches of ten, until one is not full', async (rows, removed) => {
  expect(await purged(rows, { rows: 10, batches: 200 })).toEqual(removed);
});

test('a round ends after its last batch, and with its process', async () => {
  expect(await purged(1_000, { rows: 10, batches: 3 })).toEqual([10, 10, 10]);
  expect(await purged(1_000, { rows: 10, batches: 3, signal: AbortSignal.abort() })).toEqual([]);
});
