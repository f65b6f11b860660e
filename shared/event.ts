import { events, type EventName, isEventName, type Payload } from './events/catalogue.ts';
import { AppError } from './errors.ts';
import { isUuid } from './ids.ts';
import type { InRecord, OutRecord } from './kafka.ts';
import { MAXIMUM_VALUE_BYTES } from './record-size.ts';
import { JsonError, parseStrictJson } from './strict-json.ts';
import type { TopicName } from './topics.ts';
import { currentTrace } from './trace.ts';

/**
 * Events on Kafka: CloudEvents 1.0 in Kafka's binary content mode. What a consumer must know before it parses anything
 * stands in the headers: id, type, version, and who is meant by a retry.
 */
const SCHEMA_PREFIX = 'urn:rostra:event:';

export const header = {
  id: 'ce_id',
  type: 'ce_type',
  source: 'ce_source',
  time: 'ce_time',
  subject: 'ce_subject',
  schema: 'ce_dataschema',
  specVersion: 'ce_specversion',
  contentType: 'content-type',
  traceparent: 'traceparent',
  /** sha256 of the request's canonical body, in hex: tells a repeat from another body under the same key. */
  fingerprint: 'ce_fingerprint',
  /** Set on a retried dead letter: every other group skips the record. */
  onlyGroup: 'rostra_only_group',
} as const;

/** An event that wants to be published. */
export interface Emission<N extends EventName = EventName> {
  id: string;
  name: N;
  payload: Payload<N>;
  source: string;
  time: Date;
  fingerprint?: string | undefined;
  /** The current request's unless given. */
  traceparent?: string | undefined;
}

/** An event as a listener receives it: validated, typed, with its place in the log. */
export interface Received<N extends EventName = EventName> {
  readonly id: string;
  readonly name: N;
  readonly payload: Payload<N>;
  readonly time: Date;
  readonly fingerprint: string | null;
  readonly traceparent: string | null;
  readonly position: { readonly topic: TopicName; readonly partition: number; readonly offset: bigint };
}

/** How JSON.stringify writes NUL and lone surrogates: escaped, behind no or pairs of backslashes that stand for one. */
const UNSTORABLE = /(?<!\\)(?:\\\\)*\\u(?:0000|d[89a-f])/;

/**
 * @throws AppError where the payload is larger than 256 KiB, which no broker and no consumer should have to carry, or
 * holds a character that every consumer would refuse (strict-json.ts)
 */
export function encodeEvent<N extends EventName>(emission: Emission<N>): OutRecord {
  const definition = events[emission.name];
  const key = (definition.key as (payload: Payload<N>) => string)(emission.payload);
  const value = JSON.stringify(emission.payload);
  const traceparent = emission.traceparent ?? currentTrace()?.traceparent;
  // No character has more than three bytes for each of its UTF-16 units: most texts need not be counted.
  if (3 * value.length > MAXIMUM_VALUE_BYTES && Buffer.byteLength(value) > MAXIMUM_VALUE_BYTES) {
    throw new AppError('event-too-large', `${emission.name} is larger than ${MAXIMUM_VALUE_BYTES} bytes`, {
      retriable: false,
    });
  }
  // Only what JSON must escape is looked at twice: most texts end here.
  if (value.includes('\\u') && UNSTORABLE.test(value)) {
    throw new AppError('event-unstorable', `${emission.name} has a character that cannot be stored`, {
      retriable: false,
    });
  }
  return {
    topic: definition.topic,
    key,
    value,
    headers: {
      [header.specVersion]: '1.0',
      [header.id]: emission.id,
      [header.type]: emission.name,
      [header.source]: emission.source,
      [header.time]: emission.time.toISOString(),
      [header.subject]: key,
      [header.schema]: `${SCHEMA_PREFIX}${emission.name}:${definition.version}`,
      [header.contentType]: 'application/json',
      ...(traceparent && { [header.traceparent]: traceparent }),
      ...(emission.fingerprint && { [header.fingerprint]: emission.fingerprint }),
    },
  };
}

export type Decoded =
  | { kind: 'event'; event: Received }
  /** A version that this build does not know: a deploy in the wrong order, so the partition waits. */
  | { kind: 'unknown-version'; reason: string }
  | { kind: 'invalid'; reason: string };

/** Reads a record whose `ce_type` the caller already knows to be wanted. Never throws. */
export function decodeEvent(record: InRecord): Decoded {
  const name = record.headers[header.type] ?? '';
  if (!isEventName(name)) return { kind: 'invalid', reason: `ce_type ${JSON.stringify(name)} is no event` };
  const id = record.headers[header.id];
  if (!isUuid(id)) return { kind: 'invalid', reason: 'ce_id is no UUID' };
  const version = schemaVersion(record.headers[header.schema], name);
  if (version === null) return { kind: 'invalid', reason: 'ce_dataschema is missing or of another event' };
  if (version > events[name].version) {
    return {
      kind: 'unknown-version',
      reason: `${name} has version ${version}, this build knows ${events[name].version}`,
    };
  }
  return decodePayload(record, name, id);
}

function schemaVersion(text: string | undefined, name: string): number | null {
  const prefix = `${SCHEMA_PREFIX}${name}:`;
  if (!text?.startsWith(prefix)) return null;
  const version = Number(text.slice(prefix.length));
  return Number.isInteger(version) && version > 0 ? version : null;
}

function decodePayload(record: InRecord, name: EventName, id: string): Decoded {
  const time = new Date(record.headers[header.time] ?? record.timestampMs);
  if (Number.isNaN(time.getTime())) return { kind: 'invalid', reason: 'ce_time is no time' };
  if ((record.value?.length ?? 0) > MAXIMUM_VALUE_BYTES) {
    return { kind: 'invalid', reason: `value is larger than ${MAXIMUM_VALUE_BYTES} bytes` };
  }
  let payload: unknown;
  try {
    payload = parseStrictJson(record.value?.toString('utf8') ?? '');
  } catch (error) {
    return { kind: 'invalid', reason: `value ${error instanceof JsonError ? error.message : 'is not JSON'}` };
  }
  const checked = events[name].validate(payload);
  if (!checked.ok) {
    return {
      kind: 'invalid',
      reason: checked.faults.map((fault) => `${fault.path} ${fault.message}`).join('; '),
    };
  }
  return {
    kind: 'event',
    event: {
      id,
      name,
      payload: checked.value,
      time,
      fingerprint: record.headers[header.fingerprint] ?? null,
      traceparent: record.headers[header.traceparent] ?? null,
      position: { topic: record.topic, partition: record.partition, offset: record.offset },
    },
  };
}
