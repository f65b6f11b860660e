import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { createSponsorReading } from './sponsor-reading.ts';

beforeEach(() => void jest.useFakeTimers());
afterEach(() => void jest.useRealTimers());

/** A reading without its random part, and the moments in ms at which it asked. */
function start(answer: () => Promise<void> = () => Promise.resolve()) {
  const startedAt = Date.now();
  const asked: number[] = [];
  const reading = createSponsorReading(
    () => {
      asked.push(Date.now() - startedAt);
      return answer();
    },
    () => 0,
  );
  return { reading, asked };
}

test('a total that may have moved is asked for half a second later, and once more when all is quiet', async () => {
  const { reading, asked } = start();
  reading.afterMove();
  await jest.advanceTimersByTimeAsync(60_000);
  expect(asked).toEqual([500, 6_000]);
});

test('however much is given, it is asked for at most every two seconds', async () => {
  const { reading, asked } = start();
  for (let ms = 0; ms < 5_000; ms += 100) {
    reading.afterMove();
    await jest.advanceTimersByTimeAsync(100);
  }
  await jest.advanceTimersByTimeAsync(60_000);
  expect(asked).toEqual([500, 2_500, 4_500, 6_500, 10_900]);
});

test('one question at a time: what was asked for during another is asked after its answer', async () => {
  const answers: (() => void)[] = [];
  const { reading, asked } = start(() => new Promise((resolve) => answers.push(resolve)));
  void reading.now();
  void reading.now();
  await jest.advanceTimersByTimeAsync(30_000);
  expect(asked).toEqual([0]);
  answers[0]?.();
  await jest.advanceTimersByTimeAsync(500);
  expect(asked).toEqual([0, 30_500]);
});
