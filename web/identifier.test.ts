import { expect, test } from '@jest/globals';
import { identifierOf, isPhone, nextPath, plainPhone } from './identifier.ts';

test('what somebody signs in with is told apart by its form', () => {
  expect(identifierOf(' +49 (30) 1234-56 ')).toEqual({ phone: '+4930123456' });
  expect(identifierOf('ann@example.org')).toEqual({ email: 'ann@example.org' });
  expect(identifierOf('  Ann ')).toEqual({ nickname: 'Ann' });
  expect(identifierOf('0301234')).toEqual({ nickname: '0301234' });
});

test('a phone number has its country and seven to fifteen digits, however it is written', () => {
  expect(plainPhone('+1 202.555–0142')).toBe('+12025550142');
  expect(['+1 202 555 0142', '+4930123456'].map(isPhone)).toEqual([true, true]);
  expect(['2025550142', '+0123456789', '+123', '+1234567890123456', '+12x34567890'].map(isPhone)).toEqual([
    false,
    false,
    false,
    false,
    false,
  ]);
});

test('after signing in one goes to a path of this origin, and to no other site', () => {
  const own = ['/people', '/room/3f2c8a1e-1111-4111-8111-111111111111', '/api/settings', '/?room=1#token', '/'];
  expect(own.map(nextPath)).toEqual(own);
  const foreign = [
    null,
    '',
    'people',
    '//evil.example',
    '///evil.example',
    '/\\evil.example',
    '/\t/evil.example',
    '/\n/evil.example',
    '\t//evil.example',
    'https://evil.example/',
    'javascript:alert(1)',
    '\\/evil.example',
    '/ok\\..\\evil',
  ];
  expect(foreign.map(nextPath)).toEqual(foreign.map(() => null));
});
