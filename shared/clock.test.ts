import { stat } from 'node:fs/promises';
import { expect, test } from '@jest/globals';
import { backoffMs, sleep, within } from './clock.ts';

test('a wait that is given up ends at once, without an error, and leaves no timer', async () => {
  const ending = new AbortController();
  const waiting = sleep(60_000, ending.signal);
  ending.abort();
  await expect(waiting).resolves.toBeUndefined();
  await expect(sleep(60_000, ending.signal)).resolves.toBeUndefined();
});

test('backoff is spread evenly from nothing to a limit that doubles up to its cap', () => {
  const most = () => 0.999_999;
  expect([0, 1, 2, 3, 4].map((attempt) => backoffMs(attempt, 100, 500, most))).toEqual([99, 199, 399, 499, 499]);
  expect(backoffMs(3, 100, 500, () => 0)).toBe(0);
  expect(backoffMs(100_000, 100, 500, most)).toBe(499);
});

test('what does not come within its time is given up; what comes is passed on', async () => {
  await expect(within(10, new Promise(() => undefined))).rejects.toMatchObject({ code: 'ETIMEDOUT' });
  await expect(within(1_000, Promise.resolve('here'))).resolves.toBe('here');
  await expect(within(1_000, Promise.reject(new Error('no')))).rejects.toThrow('no');
});

test('what has come while the process was held up is not late', async () => {
  const looked = within(50, stat('.'));
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 300);
  await expect(looked).resolves.toBeDefined();
});
