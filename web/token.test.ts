import { expect, test } from '@jest/globals';
import { decodeToken, tokenFault } from './token.ts';

const NOW = Date.parse('2030-01-01T10:00:00Z');
const token = (claims: object) => `e30.${base64Url(JSON.stringify(claims))}.c2ln`;
const base64Url = (text: string) => btoa(String.fromCharCode(...new TextEncoder().encode(text))).replaceAll('=', '');
const ends = (seconds: number) => NOW / 1000 + seconds;

test('what is wrong with a token is told apart', () => {
  expect(tokenFault('', NOW)).toBe('missing');
  expect(['abc', 'a.b', 'a.b.c.d'].map((one) => tokenFault(one, NOW))).toEqual(['parts', 'parts', 'parts']);
  expect(['a.b.c', token({ name: 'Ann' })].map((one) => tokenFault(one, NOW))).toEqual(['unreadable', 'unreadable']);
  expect(tokenFault(token({ sub: 'ann', exp: ends(-1) }), NOW)).toBe('expired');
  expect(tokenFault(token({ sub: 'ann', exp: ends(60) }), NOW)).toBeNull();
});

test('a streamer has a room of their own, a viewer the one that their token names, or none', () => {
  expect(decodeToken(token({ sub: 'ada', type: 'user', name: 'Åda' }))).toMatchObject({ name: 'Åda', room: 'ada' });
  expect(decodeToken(token({ sub: 'ann', type: 'client', owner: 'ada' }))).toMatchObject({ room: 'ada' });
  expect(decodeToken(token({ sub: 'ann', type: 'client' }))).toMatchObject({ room: null });
});
