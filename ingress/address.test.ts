import { expect, test } from '@jest/globals';
import type { IncomingMessage } from 'node:http';
import { createAddressOf, isFromThisMachine, limitKeyOf } from './address.ts';

const from = (remoteAddress: string, headers: Record<string, string> = {}) =>
  ({ socket: { remoteAddress }, headers }) as unknown as IncomingMessage;

test.each([
  ['no proxy is trusted: the header is ignored', [], '203.0.113.9', '1.2.3.4', '203.0.113.9'],
  ['a trusted proxy tells', ['10.0.0.0/8'], '10.1.2.3', '203.0.113.9', '203.0.113.9'],
  ['what the caller put before it is not believed', ['10.0.0.0/8'], '10.1.2.3', '1.1.1.1, 203.0.113.9', '203.0.113.9'],
  ['two proxies of ours', ['10.0.0.0/8'], '10.1.2.3', '203.0.113.9, 10.9.9.9', '203.0.113.9'],
  ['a stranger with the header', ['10.0.0.0/8'], '203.0.113.9', '1.2.3.4', '203.0.113.9'],
  ['a header that is no address', ['10.0.0.0/8'], '10.1.2.3', 'unknown', '10.1.2.3'],
  ['IPv4 within IPv6', ['10.0.0.0/8'], '::ffff:10.1.2.3', '203.0.113.9', '203.0.113.9'],
  ['IPv6', ['fd00::/8'], 'fd00::1', '2001:db8::1', '2001:db8::1'],
])('%s', (_case, trusted, peer, header, wanted) => {
  expect(createAddressOf(trusted)(from(peer, { 'x-forwarded-for': header }))).toBe(wanted);
});

test.each([
  ['203.0.113.9', '203.0.113.9'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
  ['2001:db8::1', '2001:db8:0:0::/64'],
  ['::1', '0:0:0:0::/64'],
])('%s is limited as %s', (address, key) => {
  expect(limitKeyOf(address)).toBe(key);
});

test('only a peer on this machine that passes on nobody else is from this machine', () => {
  expect(isFromThisMachine(from('127.0.0.1'))).toBe(true);
  expect(isFromThisMachine(from('::ffff:127.0.0.1'))).toBe(true);
  expect(isFromThisMachine(from('::1'))).toBe(true);
  expect(isFromThisMachine(from('203.0.113.9'))).toBe(false);
  expect(isFromThisMachine(from('127.0.0.1', { 'x-forwarded-for': '127.0.0.1' }))).toBe(false);
  expect(isFromThisMachine(from('127.0.0.1', { forwarded: 'for=1.2.3.4' }))).toBe(false);
});
