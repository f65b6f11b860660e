import { expect, test } from '@jest/globals';
import { ADMITTED_PER_SECOND, MAXIMUM_ADDRESSES, REFUSED_PER_SECOND, UpgradeLimits } from './upgrade-limits.ts';

const times = (tries: number, attempt: () => boolean) => Array.from({ length: tries }, attempt).filter(Boolean).length;

test('who is refused uses up nothing but the answers to their own address', () => {
  const limits = new UpgradeLimits(() => 0);
  expect(times(1_000, () => limits.mayRefuse('10.0.0.1'))).toBe(REFUSED_PER_SECOND);
  expect(limits.mayRefuse('10.0.0.2')).toBe(true);
  expect(times(1_000, () => limits.mayAdmit(true))).toBe(ADMITTED_PER_SECOND);
});

test('viewers without a token use up nothing that is there for those with one', () => {
  const limits = new UpgradeLimits(() => 0);
  expect(times(1_000, () => limits.mayAdmit(false))).toBe(ADMITTED_PER_SECOND);
  expect(times(1_000, () => limits.mayAdmit(true))).toBe(ADMITTED_PER_SECOND);
});

test('an address is told the reason again a moment later', () => {
  let nowMs = 0;
  const limits = new UpgradeLimits(() => nowMs);
  times(1_000, () => limits.mayRefuse('10.0.0.1'));
  nowMs = 500;
  expect(times(1_000, () => limits.mayRefuse('10.0.0.1'))).toBe(REFUSED_PER_SECOND / 2);
});

test('so many addresses are remembered and no more, those refused last', () => {
  const limits = new UpgradeLimits(() => 0);
  times(1_000, () => limits.mayRefuse('first'));
  for (let n = 0; n < MAXIMUM_ADDRESSES; n++) {
    limits.mayRefuse(`address ${n}`);
    if (n === MAXIMUM_ADDRESSES / 2) expect(limits.mayRefuse('first')).toBe(false);
  }
  expect(limits.addresses).toBeLessThanOrEqual(MAXIMUM_ADDRESSES);
  expect(limits.mayRefuse('first')).toBe(false);
  expect(limits.mayRefuse('address 0')).toBe(true);
});
