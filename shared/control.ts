import { isUuid } from './ids.ts';
import type { InRecord, OutRecord } from './kafka.ts';

/**
 * Control records on `ws.out`: they are for the gateways, and no viewer is shown them. Their makers' outboxes send them,
 * keyed by the person whom they concern.
 */
export interface Revocation {
  readonly type: 'TokenRevoked' | 'UserBlocked';
  readonly subject: string;
  /** Every session that has ended with it: no token of theirs opens anything any more. */
  readonly sessions: readonly string[];
}

const header = { control: 'control' } as const;

/** @param id stable: the record may come again under it */
export function encodeControl(id: string, { type, subject, sessions }: Revocation): OutRecord {
  return {
    topic: 'ws.out',
    key: subject,
    value: JSON.stringify({ type, id, subject, sessions }),
    headers: { id, [header.control]: type },
  };
}

/** True for a record that is no frame but says something to the gateways. */
export function isControl(record: InRecord): boolean {
  return record.headers[header.control] !== undefined;
}

/** Null for a control record that this build knows nothing of. */
export function decodeControl(record: InRecord): Revocation | null {
  const type = record.headers[header.control];
  if (type !== 'TokenRevoked' && type !== 'UserBlocked') return null;
  try {
    const { subject, sessions } = JSON.parse(record.value?.toString('utf8') ?? '') as Partial<Revocation>;
    if (!isUuid(subject) || !Array.isArray(sessions) || !sessions.every(isUuid)) return null;
    return { type, subject, sessions };
  } catch {
    return null;
  }
}
