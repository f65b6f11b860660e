import { expect, test } from '@jest/globals';
import { decideNextKey, decideSigner } from './signing-keys.ts';

const now = new Date('2026-01-31T18:00:00.000Z');
const DAY_MS = 86_400_000;
const key = (generation: number, signsInMs: number) => ({
  ...{ kid: String(generation), generation, privateKey: '', publicJwk: '', retiresAt: null },
  signsFrom: new Date(now.getTime() + signsInMs).toISOString(),
});

test('the newest key whose time has come signs', () => {
  expect(decideSigner([], now)).toBeNull();
  expect(decideSigner([key(1, -DAY_MS), key(2, 1)], now)?.kid).toBe('1');
  expect(decideSigner([key(1, -DAY_MS), key(2, 0)], now)?.kid).toBe('2');
  expect(decideSigner([key(1, 60_000)], now)?.kid).toBe('1');
});

test('the first key signs at once; the next one is published five minutes before', () => {
  const soon = new Date(now.getTime() + 300_000);
  expect(decideNextKey([], now, false)).toEqual(now);
  expect(decideNextKey([key(1, -30 * DAY_MS)], now, false)).toBeNull();
  expect(decideNextKey([key(1, -30 * DAY_MS - 1)], now, false)).toEqual(soon);
  expect(decideNextKey([key(1, -1)], now, true)).toEqual(soon);
});

test('while one waits, none is made, wanted or due', () => {
  expect(decideNextKey([key(1, -31 * DAY_MS), key(2, 1)], now, true)).toBeNull();
  expect(decideNextKey([key(1, -31 * DAY_MS), key(2, 1)], now, false)).toBeNull();
});
