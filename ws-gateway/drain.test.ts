import { expect, test } from '@jest/globals';
import { pino } from 'pino';
import { within } from '../shared/clock.ts';
import { decidePerStep, letGo } from './drain.ts';

const hangs = () => new Promise<never>(() => undefined);

function logTo(lines: string[]) {
  return pino({ level: 'warn' }, { write: (line: string) => void lines.push(line) });
}

test.each([
  [1, 0.1],
  [100, 0.1],
  [300, 1],
  [1_500, 5],
  [3_000, 10],
  [50_000, 10],
])('%i connections leave over %d s of the 10 s that they may take', (connections, seconds) => {
  expect(Math.ceil(connections / decidePerStep(connections, 10_000)) / 10).toBe(seconds);
});

test('without a spread all leave at once', () => {
  expect(decidePerStep(50_000, 0)).toBe(50_000);
});

test('what hangs is left behind after its own time, side by side, and what comes after it still has its turn', async () => {
  const lines: string[] = [];
  const done: string[] = [];
  const gone = letGo(
    [
      [
        ['hanging', 100, hangs],
        ['after it', 100, async () => done.push('after it')],
      ],
      [['hanging too', 150, hangs]],
      [['failing', 100, () => Promise.reject(new Error('on purpose'))]],
    ],
    logTo(lines),
  );
  // One after another the two would take 250 ms. Limits that were set in one turn of the loop end in the order of their length,
  // however late.
  await within(240, gone);
  expect(done).toEqual(['after it']);
  expect(lines.map((line) => (JSON.parse(line) as { step: string }).step).sort()).toEqual([
    'failing',
    'hanging',
    'hanging too',
  ]);
});
