import { describe, expect, test } from '@jest/globals';
import { type CrashPlan, crashAt, noCrash, parseCrashPlan, relayPlace } from './crash-point.ts';

const places = [
  { point: 'after-commit', listener: 'Keep' },
  { point: 'mid-effect', listener: 'Tell' },
  relayPlace,
] as const;

describe('a plan to crash', () => {
  test.each<[string, CrashPlan]>([
    ['after-commit:1', { point: 'after-commit', probability: 1, listener: null }],
    ['after-commit:0.25:Keep', { point: 'after-commit', probability: 0.25, listener: 'Keep' }],
    ['relay-after-ack:.5', { point: 'relay-after-ack', probability: 0.5, listener: null }],
  ])('%s is read', (text, plan) => expect(parseCrashPlan(text, places)).toEqual(plan));

  test.each([
    ['a point that this process never passes', 'before-dedup:1'],
    ['a listener that is not here', 'after-commit:1:Sing'],
    ['a listener that has no such point', 'after-commit:1:Tell'],
    ['a listener at a relay', 'relay-after-ack:1:Keep'],
    ['no chance', 'after-commit'],
    ['a chance above one', 'after-commit:1.5'],
    ['a listener left empty', 'after-commit:1:'],
    ['more than that', 'after-commit:1:Keep:x'],
  ])('%s is none', (_name, text) => expect(parseCrashPlan(text, places)).toBeNull());
});

describe('the process dies', () => {
  const last: string[] = [];
  const passing = (plan: CrashPlan | null, chance = 0) => {
    last.length = 0;
    return crashAt(
      plan,
      () => chance,
      (line) => last.push(line),
    );
  };

  test('at the planned point alone, naming the group', () => {
    const pass = passing({ point: 'after-commit', probability: 1, listener: null });
    pass('mid-effect', 'save', () => ['Keep']);
    expect(last).toEqual([]);
    pass('after-commit', 'save', () => ['Keep']);
    expect(last).toEqual(['crash point after-commit of save']);
  });

  test('over the planned listener’s work alone, naming the listener', () => {
    const pass = passing({ point: 'after-commit', probability: 1, listener: 'Keep' });
    pass('after-commit', 'save', () => ['Tell']);
    pass('after-commit', 'save');
    expect(last).toEqual([]);
    pass('after-commit', 'save', () => ['Tell', 'Keep']);
    expect(last).toEqual(['crash point after-commit of Keep']);
  });

  test('as often as chance has it, and never without a plan', () => {
    passing({ point: 'relay-after-ack', probability: 0.5, listener: null }, 0.5)('relay-after-ack', 'rooms');
    passing(null)('relay-after-ack', 'rooms');
    noCrash('relay-after-ack', 'rooms');
    expect(last).toEqual([]);
    passing({ point: 'relay-after-ack', probability: 0.5, listener: null }, 0.49)('relay-after-ack', 'rooms');
    expect(last).toEqual(['crash point relay-after-ack of rooms']);
  });
});
