import { expect, test } from '@jest/globals';
import { becomeUser } from './become-user.ts';

function tokens(answers: boolean[]) {
  const waited: number[] = [];
  const wait = async (ms: number) => void waited.push(ms);
  const isUser = becomeUser(async () => answers.shift() ?? false, wait);
  return { isUser, waited };
}

test('a fresh token is asked for until one says that its person has a room', async () => {
  const { isUser, waited } = tokens([false, false, true, true]);
  expect(await isUser).toBe(true);
  expect(waited).toEqual([250, 500, 1_000]);
});

test('after about ten seconds it is given up', async () => {
  const { isUser, waited } = tokens([]);
  expect(await isUser).toBe(false);
  const total = waited.reduce((sum, ms) => sum + ms, 0);
  expect([total > 9_000, total < 11_000]).toEqual([true, true]);
});
