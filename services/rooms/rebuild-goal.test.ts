import { expect, test } from '@jest/globals';
import { decideRebuiltGoal, type StandingGoal } from './rebuild-goal.ts';

const goal = (more: Partial<StandingGoal>): StandingGoal => ({
  ...{ sum: 0n, requireSum: 500n, isEnded: false, given: 0n, kept: 0n, atEnd: 0n },
  ...more,
});

test('without refunds the sum is that of its donations, and it has ended where they reach what it asks for', () => {
  expect(decideRebuiltGoal(goal({ sum: 9n, given: 300n, kept: 300n, atEnd: 300n }))).toEqual({
    ...{ sum: 300n, isEnded: false },
  });
  expect(decideRebuiltGoal(goal({ sum: 9n, isEnded: true, given: 300n, kept: 300n, atEnd: 300n }))).toEqual({
    ...{ sum: 300n, isEnded: false },
  });
  expect(decideRebuiltGoal(goal({ sum: 9n, given: 600n, kept: 600n, atEnd: 600n }))).toEqual({
    ...{ sum: 600n, isEnded: true },
  });
});

test('a goal that ended stays as it ended, whatever went back later', () => {
  const ended = goal({ sum: 600n, isEnded: true, given: 600n, kept: 100n, atEnd: 600n });
  expect(decideRebuiltGoal(ended)).toEqual({ sum: 600n, isEnded: true });
  expect(decideRebuiltGoal({ ...ended, sum: 601n })).toEqual({ sum: 600n, isEnded: true });
});

test('a goal that never reached its sum, since something went back between, stays open', () => {
  const open = goal({ sum: 200n, given: 600n, kept: 200n, atEnd: 200n });
  expect(decideRebuiltGoal(open)).toEqual({ sum: 200n, isEnded: false });
  expect(decideRebuiltGoal({ ...open, sum: 600n })).toEqual({ sum: 200n, isEnded: false });
});
