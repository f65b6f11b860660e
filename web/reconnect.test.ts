import { expect, test } from '@jest/globals';
import { closedAdvice, reconnectDelayMs, shutCode } from './reconnect.ts';

test('the wait lies between half a second and a ceiling that doubles up to thirty seconds', () => {
  const ceilings = [0, 1, 2, 3, 4, 5, 50].map((attempt) => reconnectDelayMs(attempt, 1));
  expect(ceilings).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]);
  expect(reconnectDelayMs(0, 0)).toBe(500);
  expect(reconnectDelayMs(50, 0)).toBe(500);
});

test('the page comes back by itself exactly where coming back can help', () => {
  const automatic = [1001, 1006, 1011, 4408, 4429].map((code) => closedAdvice(code).isAutomatic);
  expect(automatic).toEqual([true, true, true, true, true]);
  const closed = [1009, 4400, 4401, 4403, 4404, 4430].map((code) => closedAdvice(code));
  expect(closed.map((advice) => advice.isAutomatic)).toEqual(closed.map(() => false));
  expect(new Set(closed.map((advice) => advice.reason)).size).toBe(5);
});

test('a room that is forbidden, gone or was never seen is shut; one that was read stays while its person signs in anew', () => {
  expect([4403, 4404].map((code) => shutCode(code, true))).toEqual([4403, 4404]);
  expect([4401, 4430].map((code) => shutCode(code, false))).toEqual([4401, 4430]);
  expect([4401, 4430].map((code) => shutCode(code, true))).toEqual([null, null]);
});

test('whoever signs in here is told to do so, and not to get a token from somewhere', () => {
  for (const code of [4401, 4403]) {
    const [token, account] = [closedAdvice(code), closedAdvice(code, 'account')];
    expect([token.advice, account.advice].map((advice) => advice.includes('token'))).toEqual([true, false]);
    expect([account.isAutomatic, account.offer]).toEqual([token.isAutomatic, token.offer]);
  }
  expect(closedAdvice(1006, 'account')).toEqual(closedAdvice(1006));
});
