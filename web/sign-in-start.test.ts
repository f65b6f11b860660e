import { expect, test } from '@jest/globals';
import { cleanSearch, readStart } from './sign-in-start.ts';

test('the address says what the sign-in page begins with', () => {
  expect(readStart('', '')).toEqual({ mode: 'sign-in', resetToken: '', next: null, hasEnded: false });
  expect(readStart('?new&next=%2Froom%2F1', '')).toMatchObject({ mode: 'sign-up', next: '/room/1' });
  expect(readStart('?next=/people&why=ended', '')).toMatchObject({ mode: 'sign-in', hasEnded: true });
  expect(readStart('?next=https://evil.example', '').next).toBeNull();
});

test('a link to set a new password is known by its token, before or behind the #', () => {
  expect(readStart('', '#reset=t1')).toMatchObject({ mode: 'new-password', resetToken: 't1' });
  expect(readStart('?reset=t2', '')).toMatchObject({ mode: 'new-password', resetToken: 't2' });
  expect(readStart('?reset=', '')).toMatchObject({ mode: 'sign-in', resetToken: '' });
});

test('tokens and codes do not stay in the address bar, the way on does', () => {
  expect(cleanSearch('?code=c&state=s&iss=i')).toBe('');
  expect(cleanSearch('?reset=t&next=%2Fpeople')).toBe('?next=%2Fpeople');
});
