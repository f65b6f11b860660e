import { expect, test } from '@jest/globals';
import {
  accountFailureWords,
  emailProblem,
  generalWords,
  passwordProblem,
  phoneProblem,
  type Deed,
} from './account-words.ts';
import { OUT_OF_REACH } from './api.ts';

const failed = (status: number, field = '', detail = '') => ({ ...OUT_OF_REACH, status, field, detail });

test('whether the account or the password was wrong is not told apart', () => {
  expect(accountFailureWords(failed(401), 'sign-in')).toBe(accountFailureWords(failed(400), 'sign-in'));
  expect(accountFailureWords(failed(401), 'sign-in')).not.toMatch(/has ended/);
});

test('what is taken is named', () => {
  const words = ['phone', 'email', 'nickname'].map((field) => accountFailureWords(failed(409, field), 'sign-up'));
  expect(words.map((one) => /^This (.*) is taken/.exec(one)?.[1])).toEqual([
    'phone number',
    'e-mail address',
    'nickname',
  ]);
});

test('a refused field is explained where its form can’t know why, else the server is quoted', () => {
  expect(accountFailureWords(failed(400, 'password', 'password is too common'), 'sign-up')).toMatch(/easy to guess/);
  expect(accountFailureWords(failed(400, 'token', 'token is unknown'), 'new-password')).toMatch(/another one/);
  expect(accountFailureWords(failed(400, 'name', 'name is too long'), 'room')).toContain('name is too long');
});

test('every refusal has words, and one that has nothing to do with the person says that nothing is lost', () => {
  const deeds: Deed[] = [
    'sign-in',
    'sign-up',
    'oauth',
    'reset',
    'new-password',
    'password',
    'profile',
    'room',
    'leave',
  ];
  for (const deed of deeds) {
    for (const status of [0, 400, 401, 403, 404, 409, 413, 422, 429, 500, 502, 503, 504]) {
      expect(accountFailureWords(failed(status), deed)).toMatch(/\.$/);
    }
  }
  expect([0, 502, 503, 504].map((status) => generalWords(failed(status)).includes('Nothing is lost'))).toEqual(
    Array(4).fill(true),
  );
  expect(generalWords({ ...failed(429), retryAfterS: 300 })).toContain('5 minutes');
});

test('what can’t be right is said before it is sent', () => {
  expect(['1234567', 'x'.repeat(257)].map((typed) => passwordProblem(typed) === '')).toEqual([false, false]);
  expect(['12345678', 'x'.repeat(256), ' пароль!', '🔑'.repeat(8)].map(passwordProblem)).toEqual(['', '', '', '']);
  expect([phoneProblem('202 555 0142') === '', phoneProblem('+1 202 555 0142')]).toEqual([false, '']);
  expect([emailProblem('ann'), emailProblem('')].map((words) => words === '')).toEqual([false, true]);
});
