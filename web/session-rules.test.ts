import { expect, test } from '@jest/globals';
import { decideRefused, decideRenewal, readSession, sessionFrom, type Session } from './session-rules.ts';

const MINUTE = 60_000;
const session: Session = {
  uuid: 'ann',
  token: 't1',
  refreshToken: 'r1',
  obtainedAt: 0,
  expiresAt: 15 * MINUTE,
};

test('a token is renewed from a minute before its end on', () => {
  expect(decideRenewal(null, 0)).toBe('nobody');
  expect([0, 13.9, 14, 15, 600].map((minute) => decideRenewal(session, minute * MINUTE))).toEqual([
    'keep',
    'keep',
    'fresh',
    'fresh',
    'fresh',
  ]);
});

test('one that lives shorter than two minutes is renewed halfway', () => {
  const short = { ...session, expiresAt: 40_000 };
  expect([19_000, 20_000].map((now) => decideRenewal(short, now))).toEqual(['keep', 'fresh']);
});

test('a clock that was set back makes a token due, as its end can’t be told', () => {
  expect(decideRenewal({ ...session, obtainedAt: MINUTE }, 0)).toBe('fresh');
});

test('a refused token is renewed once: not where another tab has done so, and not again at once', () => {
  expect(decideRenewal(session, 5 * MINUTE, 't1')).toBe('fresh');
  expect(decideRenewal(session, 5 * MINUTE, 't0')).toBe('keep');
  expect(decideRenewal(session, 2_000, 't1')).toBe('keep');
  expect(decideRenewal(null, 2_000, 't1')).toBe('nobody');
});

test('a session ends when the server says so, and stays while it says nothing', () => {
  expect([400, 401, 403, 404].map(decideRefused)).toEqual(['ended', 'ended', 'ended', 'ended']);
  expect([0, 408, 429, 500, 502, 503, 504].map(decideRefused)).toEqual(Array(7).fill('kept'));
});

test('an answer becomes a session by this machine’s clock, and is read from the storage as it was written', () => {
  const body = { success: true, uuid: 'ann', token: 't', refresh_token: 'r', expires_in: 900 };
  const made = sessionFrom(body, 1_000);
  expect(made).toEqual({ uuid: 'ann', token: 't', refreshToken: 'r', obtainedAt: 1_000, expiresAt: 901_000 });
  expect(readSession(JSON.stringify(made))).toEqual(made);
  expect([{ ...body, token: '' }, { ...body, expires_in: 0 }, {}].map((one) => sessionFrom(one, 0))).toEqual([
    null,
    null,
    null,
  ]);
  expect([null, '', '[]', '{"token":"t"}', '{'].map(readSession)).toEqual([null, null, null, null, null]);
});
