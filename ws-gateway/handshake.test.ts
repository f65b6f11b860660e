import { describe, expect, test } from '@jest/globals';
import { isOriginAllowed, readEndpoint, readToken, TokenBucket } from './handshake.ts';
import { isLoopback } from './listen.ts';
import { decideFailure } from './log-reader.ts';
import { decideAdmission } from './rooms.ts';

test.each([
  ['/ws', { kind: 'all' }],
  ['/ws?token=x', { kind: 'all' }],
  ['/room/abc?x=/ws', { kind: 'room', ownerId: 'abc' }],
  ['/room/', null],
  ['/room/a/b', null],
  ['/ws/', null],
  ['//ws', null],
  ['/%77s', null],
  ['', null],
])('the address %s stands for %j', (url, endpoint) => {
  expect(readEndpoint(url)).toEqual(endpoint);
});

describe('a token', () => {
  test.each([
    [{ 'sec-websocket-protocol': 'bearer, abc' }, '/ws?token=query', 'abc'],
    [{ authorization: 'Bearer abc' }, '/ws?token=query', 'abc'],
    [{}, '/ws?a=b&token=abc', 'abc'],
    [{}, '/ws', null],
    [{ 'sec-websocket-protocol': 'chat' }, '/ws', null],
    // Announced and missing, or of another scheme: refused, not anonymous.
    [{ 'sec-websocket-protocol': 'bearer' }, '/ws', ''],
    [{ authorization: 'Basic abc' }, '/ws', ''],
    [{ authorization: 'Bearer a, Bearer b' }, '/ws', ''],
  ])('of %j and %s is %j', (headers, url, token) => {
    expect(readToken(headers, url)).toBe(token);
  });
});

test.each([
  [undefined, 'site.example:3001', true],
  ['http://site.example:3000', 'site.example:3001', true],
  ['https://site.example', 'site.example', true],
  ['https://site.example.evil.io', 'site.example', false],
  ['https://evil.io', 'site.example', false],
  ['file://site.example', 'site.example', false],
  ['null', 'site.example', false],
  ['https://site.example', undefined, false],
])('without a list the origin %s at host %s is allowed: %s', (origin, host, allowed) => {
  expect(isOriginAllowed(origin, host, null)).toBe(allowed);
});

test('with a list only what is on it is allowed, and programs without an origin', () => {
  const list = ['https://a.example'];
  const allowed = ['https://a.example', 'https://a.example:444', 'https://b.example', undefined].map((origin) =>
    isOriginAllowed(origin, 'b.example', list),
  );
  expect(allowed).toEqual([true, false, false, true]);
});

test('so many upgrades a second are taken, and unused ones are not saved beyond one second', () => {
  const bucket = new TokenBucket(300, 0);
  const take = (nowMs: number) => {
    let taken = 0;
    while (bucket.take(nowMs)) taken++;
    return taken;
  };
  expect([take(0), take(0), take(500), take(60_000), take(50_000)]).toEqual([300, 0, 150, 300, 0]);
});

test.each([
  ['127.0.0.1', true],
  ['::1', true],
  ['::ffff:127.0.0.9', true],
  ['10.0.0.1', false],
  ['128.0.0.1', false],
  ['::ffff:10.0.0.1', false],
  [undefined, false],
])('the address %s is of this machine: %s', (address, expected) => {
  expect(isLoopback(address)).toBe(expected);
});

describe('a caller', () => {
  const caller = { subject: 'ann', type: 'client' as const, owner: null };
  test.each([
    ['without a token may see a room that exists', null, 'if-it-exists'],
    ['without a room token may see a room that exists', caller, 'if-it-exists'],
    ['with the room’s token may see it', { ...caller, owner: 'room' }, 'admitted'],
    ['with another room’s token may not', { ...caller, owner: 'other' }, 'forbidden'],
    ['who is its user owns it', { ...caller, subject: 'room', type: 'user' as const }, 'own'],
    ['who is a client by its id does not own it', { ...caller, subject: 'room' }, 'if-it-exists'],
    [
      'may not enter their own room by another’s token',
      { subject: 'room', type: 'user' as const, owner: 'other' },
      'forbidden',
    ],
  ])('%s', (_, who, admission) => {
    expect(decideAdmission(who, 'room')).toBe(admission);
  });
});

describe('a gateway', () => {
  const ends = [{ partition: 0, low: 5n, high: 20n }];
  test.each([
    ['goes on while the log reaches as far as it has read', [20], null],
    ['goes on while it is behind', [7], null],
    ['ends when the log was made anew under its name', [21], /made anew/],
    ['ends when records vanished before it read them', [4], /begins at 5/],
    ['ends when there are more partitions than before', [], /is new/],
  ])('%s', (_, seqs, reason) => {
    const found = decideFailure(ends, seqs);
    if (reason) expect(found).toMatch(reason);
    else expect(found).toBeNull();
  });
});
