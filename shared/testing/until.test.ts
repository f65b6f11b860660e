import { expect, test } from '@jest/globals';
import { awakeMs } from './awake.ts';
import { until } from './until.ts';

/** Lets nothing of this process run, as a machine that is busy elsewhere does. */
function holdUp(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

test('only the time counts in which the process ran', async () => {
  const before = awakeMs();
  await new Promise((resolve) => setTimeout(resolve, 10));
  holdUp(600);
  await new Promise((resolve) => setTimeout(resolve, 200));
  expect(awakeMs() - before).toBeGreaterThanOrEqual(150);
  expect(awakeMs() - before).toBeLessThan(600);
});

test('what has come while the process was held up is seen', async () => {
  let looks = 0;
  const answer = until(() => ++looks === 2 && 'here', { timeoutMs: 1 });
  holdUp(300);
  await expect(answer).resolves.toBe('here');
});

test('what never comes is an error, with what the condition failed on last and what there is instead', async () => {
  const failing = until(() => Promise.reject(new Error('away')), { timeoutMs: 60, describe: () => ['a'] });
  await expect(failing).rejects.toMatchObject({ message: 'not so within 60 ms: ["a"]', cause: { message: 'away' } });
  await expect(until(() => null, { timeoutMs: 60 })).rejects.toThrow('not so within 60 ms');
});
