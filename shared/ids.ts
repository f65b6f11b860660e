import { hash } from 'node:crypto';
import { v7 } from 'uuid';
import { invariant } from './errors.ts';
import { randomView } from './random.ts';
import { Hex } from './sql-literals.ts';

/** Namespaces of our UUIDv5 ids (RFC 9562, 5.5); frozen: another value gives every event another id. */
const IDEMPOTENCY_NAMESPACE = uuidToBytes('b1f1f6a8-3a0e-5d0c-9c59-6f7d1d1f3c11');
const DERIVED_NAMESPACE = uuidToBytes('5e0a1c52-64b7-5a55-8f0e-4d7c0a2b9e37');

const DIGITS = /^[0-9a-fA-F]{32}$/;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** True for a UUID in its canonical lower-case text form, of any version. */
export function isUuid(text: unknown): text is string {
  return typeof text === 'string' && UUID.test(text);
}

/** A fresh id that sorts roughly by time (UUIDv7). Never used for ordering: order is partition and offset. */
export function freshId(): string {
  return v7({ random: randomView(16) });
}

/**
 * The event id of one caller's intention: the same caller, operation and key give the same id for ever.
 * @param issuer the token's `iss`, or "" where it has none
 */
export function intentionId(issuer: string, subject: string, operation: string, key: string): string {
  return namedId(IDEMPOTENCY_NAMESPACE, JSON.stringify([issuer, subject, operation, key]));
}

/** The id of what follows from `causeId` under `name`; running the cause again gives the same id. */
export function derivedId(causeId: string, name: string): string {
  return namedId(DERIVED_NAMESPACE, JSON.stringify([causeId, name]));
}

/** UUIDv5 (RFC 9562, 5.5): the SHA-1 of namespace and name. In one call to the hash: half of what the uuid package takes. */
function namedId(namespace: Buffer, name: string): string {
  const hex = hash('sha1', Buffer.concat([namespace, Buffer.from(name)]), 'hex');
  const variant = ((Number.parseInt(hex.charAt(16), 16) & 0x3) | 0x8).toString(16);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-5${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

/** UUID text → the 16 bytes that the tables keep. Any version and variant: a site's own ids may be of none. */
export function uuidToBytes(uuid: string): Buffer {
  return Buffer.from(uuid.replaceAll('-', ''), 'hex');
}

/** UUID text → the same 16 bytes as a parameter of a statement, where there are thousands. @throws where it is no UUID */
export function uuidToHex(uuid: string): Hex {
  const digits = uuid.replaceAll('-', '');
  invariant(DIGITS.test(digits), 'an id is no UUID');
  return new Hex(digits);
}

/** The 16 bytes that the tables keep → UUID text. */
export function bytesToUuid(bytes: Uint8Array): string {
  const hex = (Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes)).toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
