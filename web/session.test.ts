import { expect, test } from '@jest/globals';
import { OUT_OF_REACH, type Answer } from './api.ts';
import { createSessionKeeper } from './session.ts';

const MINUTE = 60_000;
const first = { uuid: 'ann', token: 't1', refreshToken: 'r1', obtainedAt: 0, expiresAt: 15 * MINUTE };
const renewed = (number: number): Answer => ({
  ok: true,
  body: { uuid: 'ann', token: `t${number}`, refresh_token: `r${number}`, expires_in: 900 },
});
const refused = (status: number): Answer => ({ ok: false, failure: { ...OUT_OF_REACH, status } });

/** Tabs of one browser: one storage, one lock, one server that rotates the refresh token at each use. */
function browser(answers: Answer[]) {
  const kept = new Map<string, string>();
  const storage = {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, text: string) => void kept.set(key, text),
    removeItem: (key: string) => void kept.delete(key),
  };
  const asked: string[] = [];
  const clock = { now: 0 };
  let last: Promise<unknown> = Promise.resolve();
  const alone = <T>(work: () => Promise<T>): Promise<T> => {
    const mine = last.then(work);
    last = mine.catch(() => undefined);
    return mine;
  };
  const refresh = async (token: string): Promise<Answer> => {
    asked.push(token);
    return answers.shift() ?? refused(500);
  };
  const tab = () => createSessionKeeper({ storage, refresh, alone, now: () => clock.now });
  return { tab, asked, clock };
}

test('two tabs renew a session once, and both have the fresh token', async () => {
  const { tab, asked, clock } = browser([renewed(2)]);
  const [one, other] = [tab(), tab()];
  one.keep(first);
  other.heard();
  clock.now = 15 * MINUTE;
  const sessions = await Promise.all([one.usable(), other.usable(), one.usable()]);
  expect(sessions.map((session) => session?.token)).toEqual(['t2', 't2', 't2']);
  expect(asked).toEqual(['r1']);
});

test('a token that a server would not take is renewed once, and not for ever', async () => {
  const { tab, asked, clock } = browser([renewed(2), renewed(3)]);
  const keeper = tab();
  keeper.keep(first);
  clock.now = MINUTE;
  expect((await keeper.instead('t1'))?.token).toBe('t2');
  expect((await keeper.instead('t1'))?.token).toBe('t2');
  expect(await keeper.instead('t2')).toBeNull();
  expect(asked).toEqual(['r1']);
});

test('a renewal that is refused ends the session; one that no answer comes to keeps it', async () => {
  const { tab, asked, clock } = browser([refused(0), refused(503), refused(401)]);
  const keeper = tab();
  const heard: [string | null, boolean][] = [];
  keeper.keep(first);
  keeper.onChange((session, ended) => heard.push([session?.token ?? null, ended]));
  clock.now = 14 * MINUTE;
  expect((await keeper.usable())?.token).toBe('t1');
  clock.now = 15 * MINUTE;
  expect(await keeper.usable()).toBeNull();
  expect(await keeper.usable()).toBeNull();
  expect([keeper.current()?.token, heard]).toEqual(['t1', []]);
  expect(await keeper.usable()).toBeNull();
  expect([keeper.current(), heard]).toEqual([null, [[null, true]]]);
  expect(asked).toEqual(['r1', 'r1', 'r1']);
});

test('what is due is renewed by itself, and after a failure not at once again', async () => {
  const { tab, asked, clock } = browser([refused(0), renewed(2)]);
  const keeper = tab();
  keeper.keep(first);
  keeper.look();
  expect(asked).toEqual([]);
  for (const now of [14 * MINUTE, 14 * MINUTE + 5_000, 14 * MINUTE + 10_000, 14 * MINUTE + 15_000]) {
    clock.now = now;
    keeper.look();
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
  expect(asked).toEqual(['r1', 'r1']);
  expect(keeper.current()?.token).toBe('t2');
});

test('a person who signs out while their session is renewed stays signed out', async () => {
  const { tab } = browser([renewed(2)]);
  const keeper = tab();
  keeper.keep(first);
  const renewing = keeper.anew();
  keeper.forget();
  expect(await renewing).toBeNull();
  expect(keeper.current()).toBeNull();
});
