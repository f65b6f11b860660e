import type { IncomingMessage } from 'node:http';
import { BlockList, isIP, isIPv6 } from 'node:net';

/**
 * From where a request comes. A header that says so is believed only when a trusted proxy wrote it: walking
 * `X-Forwarded-For` from its end, the first address that is no trusted proxy is the caller (reliability.md, d, row 37).
 */
export type AddressOf = (request: IncomingMessage) => string;

const MAXIMUM_HOPS = 20;

/** @param trusted addresses and CIDR ranges of our own proxies; none = the peer is always the caller */
export function createAddressOf(trusted: readonly string[]): AddressOf {
  const proxies = toBlockList(trusted);
  return (request) => {
    const peer = plain(request.socket.remoteAddress ?? '');
    if (trusted.length === 0) return peer;
    const forwarded = request.headers['x-forwarded-for'];
    const hops = typeof forwarded === 'string' ? forwarded.split(',').map((hop) => plain(hop.trim())) : [];
    let address = peer;
    for (const hop of hops.reverse().slice(0, MAXIMUM_HOPS)) {
      if (!isListed(proxies, address) || isIP(hop) === 0) break;
      address = hop;
    }
    return address;
  };
}

/** One household or machine of IPv6 has a /64 to itself; counting single addresses would count nothing. */
export function limitKeyOf(address: string): string {
  if (!isIPv6(address)) return address;
  const [head = '', tail] = address.split('::');
  const groups = head.split(':').filter(Boolean);
  const rest = tail === undefined ? [] : tail.split(':').filter(Boolean);
  const full = [...groups, ...Array<string>(Math.max(0, 8 - groups.length - rest.length)).fill('0'), ...rest];
  return `${full.slice(0, 4).join(':')}::/64`;
}

/** True for a request that began on this machine and was passed on by nobody. */
export function isFromThisMachine(request: IncomingMessage): boolean {
  if (request.headers['x-forwarded-for'] !== undefined || request.headers['forwarded'] !== undefined) return false;
  const peer = plain(request.socket.remoteAddress ?? '');
  return peer === '::1' || peer.startsWith('127.');
}

/** True for what `TRUSTED_PROXIES` may name: an address, or a range as address/bits. */
export function isAddressOrRange(text: string): boolean {
  const [address = '', bits, more] = text.split('/');
  const version = isIP(address);
  if (version === 0 || more !== undefined) return false;
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (version === 4 ? 32 : 128));
}

function toBlockList(ranges: readonly string[]): BlockList {
  const list = new BlockList();
  for (const range of ranges) {
    const [address = '', bits] = range.split('/');
    const family = isIPv6(address) ? 'ipv6' : 'ipv4';
    if (bits === undefined) list.addAddress(address, family);
    else list.addSubnet(address, Number(bits), family);
  }
  return list;
}

function isListed(list: BlockList, address: string): boolean {
  return isIP(address) !== 0 && list.check(address, isIPv6(address) ? 'ipv6' : 'ipv4');
}

/** An IPv4 address that a dual-stack socket shows as IPv6, as itself. */
function plain(address: string): string {
  return address.startsWith('::ffff:') && address.includes('.') ? address.slice(7) : address;
}
