import { expect, test } from '@jest/globals';
import { OUT_OF_REACH } from './api.ts';
import type { Act } from './people-state.ts';
import { actFailureWords, doneWords, sinceWords } from './people-words.ts';

const ACTS: Act[] = ['request', 'accept', 'decline', 'take-back', 'remove', 'block', 'unblock'];
const failed = (status: number) => ({ ...OUT_OF_REACH, status });

test('what was done names the person', () => {
  for (const act of ACTS) expect(doneWords(act, 'Bob')).toContain('Bob');
  expect(new Set(ACTS.map((act) => doneWords(act, 'Bob'))).size).toBe(ACTS.length);
});

test('a request that the other doesn’t want says so without saying why', () => {
  const words = actFailureWords(failed(403), 'request', 'Bob');
  expect(words).toContain('Bob');
  expect(words).not.toMatch(/block/i);
});

test('what is gone meanwhile is told apart from a person who is gone', () => {
  expect(actFailureWords(failed(404), 'accept', 'Bob')).toMatch(/request/);
  expect(actFailureWords(failed(404), 'request', 'Bob')).toMatch(/nobody called Bob/);
  for (const act of ACTS) {
    for (const status of [0, 400, 401, 403, 404, 409, 422, 429, 500, 503]) {
      expect(actFailureWords(failed(status), act, 'Bob')).toMatch(/\.$/);
    }
  }
});

test('a day is told of what lasts, and alone of what was once', () => {
  expect([
    sinceWords('friends', 'Jan 2, 2030'),
    sinceWords('incoming', 'Jan 2, 2030'),
    sinceWords('friends', ''),
  ]).toEqual(['since Jan 2, 2030', 'Jan 2, 2030', '']);
});
