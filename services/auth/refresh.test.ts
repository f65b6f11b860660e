import { describe, expect, test } from '@jest/globals';
import { decideRefresh } from './refresh.ts';
import { freshRefreshToken, freshSalt, refreshTokenHash, successorOf } from './refresh-token.ts';

const now = new Date('2026-01-31T18:00:00.000Z');
const at = (ms: number) => new Date(now.getTime() + ms).toISOString();
const open = { endedAt: null };
const salt = freshSalt();
const current = { usedAgoMs: null, salt: null, expiresAt: at(1) };
const used = (usedAgoMs: number) => ({ usedAgoMs, salt, expiresAt: at(86_400_000) });

describe('a refresh token', () => {
  test('that is current is followed by the next', () => {
    expect(decideRefresh(current, open, now)).toEqual({ kind: 'rotate' });
  });

  test('used less than ten seconds ago has the same successor again, and is reused afterwards', () => {
    for (const ago of [-500, 0, 9_999]) expect(decideRefresh(used(ago), open, now)).toEqual({ kind: 'again', salt });
    for (const ago of [10_000, 86_400_000]) expect(decideRefresh(used(ago), open, now)).toEqual({ kind: 'reuse' });
  });

  test('that is unknown, run out, or of a session that has ended is refused', () => {
    const refuse = { kind: 'refuse' };
    expect(decideRefresh(null, null, now)).toEqual(refuse);
    expect(decideRefresh(current, null, now)).toEqual(refuse);
    expect(decideRefresh({ ...current, expiresAt: at(0) }, open, now)).toEqual(refuse);
    for (const token of [current, used(0), used(20_000)]) {
      expect(decideRefresh(token, { endedAt: at(-1) }, now)).toEqual(refuse);
    }
  });

  test('has one spelling, and a successor that follows from it and the salt alone', () => {
    const token = freshRefreshToken();
    expect(token).toMatch(/^[\w-]{43}$/);
    expect(refreshTokenHash(token)).toHaveLength(32);
    expect(successorOf(token, salt)).toBe(successorOf(token, salt));
    expect(refreshTokenHash(successorOf(token, salt))).toHaveLength(32);
    expect(successorOf(token, freshSalt())).not.toBe(successorOf(token, salt));
    expect(successorOf(freshRefreshToken(), salt)).not.toBe(successorOf(token, salt));
    for (const other of ['', 'x', `${token}=`, ` ${token}`, `${token}A`, token.slice(1), 'é'.repeat(43)]) {
      expect(refreshTokenHash(other)).toBeNull();
    }
  });
});
