import { v5, v7 } from 'uuid';
import { randomView } from './random.ts';

/** Namespaces of our UUIDv5 ids (RFC 9562, 5.5); frozen: another value gives every event another id. */
const IDEMPOTENCY_NAMESPACE = 'b1f1f6a8-3a0e-5d0c-9c59-6f7d1d1f3c11';
const DERIVED_NAMESPACE = '5e0a1c52-64b7-5a55-8f0e-4d7c0a2b9e37';

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
  return v5(JSON.stringify([issuer, subject, operation, key]), IDEMPOTENCY_NAMESPACE);
}

/** The id of what follows from `causeId` under `name`; running the cause again gives the same id. */
export function derivedId(causeId: string, name: string): string {
  return v5(JSON.stringify([causeId, name]), DERIVED_NAMESPACE);
}

/** UUID text → the 16 bytes that the tables keep. Any version and variant: a site's own ids may be of none. */
export function uuidToBytes(uuid: string): Buffer {
  return Buffer.from(uuid.replaceAll('-', ''), 'hex');
}

/** The 16 bytes that the tables keep → UUID text. */
export function bytesToUuid(bytes: Uint8Array): string {
  return Buffer.from(bytes)
    .toString('hex')
    .replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
