import { expect, test } from '@jest/globals';
import type { Outcome } from './outcome.ts';
import { summary } from './summary.ts';

const outcome: Outcome = {
  fault: { row: '1', name: 'none', title: 'none', needs: [], seconds: 1, inject: () => Promise.resolve() },
  ...{ violations: [], kills: 0, confirmed: 1, donations: 1, recoveries: [], p50Ms: 1, p99Ms: 2, seconds: 3 },
  unknownRooms: 0,
};
const verdict = (given: Partial<Outcome>) => {
  const result = { outcomes: [{ ...outcome, ...given }], before: [], after: [], grown: [] };
  const line = summary({ seed: 1, rate: 1, result })
    .split('\n')
    .find((one) => one.startsWith('| 1 |'));
  return line?.split(' | ').at(-1);
};

test('the table says of how many rooms nothing is known', () => {
  expect(verdict({})).toBe('yes |');
  expect(verdict({ unknownRooms: 2 })).toBe('yes, but unknown in 2 rooms |');
  expect(verdict({ unknownRooms: 2, violations: ['I8 x'] })).toBe('**no**, but unknown in 2 rooms: I8 x |');
});
