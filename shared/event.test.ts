import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { decodeEvent, encodeEvent, header } from './event.ts';
import { freshId } from './ids.ts';
import type { InRecord } from './kafka.ts';
import { exampleMessage } from './testing/examples.ts';

const payload = exampleMessage({ value: 'Grüße 👩‍👩‍👧' });
const id = freshId();
const time = new Date('2026-11-21T03:00:00.123Z');
const encoded = encodeEvent({
  id,
  name: 'AddNewMessage',
  payload,
  source: 'test',
  time,
  fingerprint: 'ff',
  traceparent: '00-a-b-01',
});

const asRead = (change: Partial<InRecord> = {}): InRecord => ({
  topic: encoded.topic,
  partition: 3,
  offset: 42n,
  key: encoded.key,
  value: Buffer.from(String(encoded.value)),
  headers: encoded.headers,
  timestampMs: time.getTime() + 5,
  ...change,
});
const withHeader = (name: string, value: string | undefined) => {
  const { [name]: _dropped, ...rest } = encoded.headers;
  return asRead({ headers: value === undefined ? rest : { ...rest, [name]: value } });
};
const reasonOf = (record: InRecord) => {
  const decoded = decodeEvent(record);
  return decoded.kind === 'invalid' ? decoded.reason : decoded.kind;
};

describe('an event on the wire', () => {
  test('is a CloudEvent in binary mode, keyed by what must keep its order', () => {
    expect(encoded).toMatchObject({ topic: 'rooms', key: payload.owner_id });
    expect(encoded.headers).toEqual({
      ce_specversion: '1.0',
      ce_id: id,
      ce_type: 'AddNewMessage',
      ce_source: 'test',
      ce_time: '2026-11-21T03:00:00.123Z',
      ce_subject: payload.owner_id,
      ce_dataschema: 'urn:rostra:event:AddNewMessage:1',
      'content-type': 'application/json',
      traceparent: '00-a-b-01',
      ce_fingerprint: 'ff',
    });
  });

  test('is read as it was written, with its place in the log', () => {
    expect(decodeEvent(asRead())).toEqual({
      kind: 'event',
      event: {
        id,
        name: 'AddNewMessage',
        payload,
        time,
        fingerprint: 'ff',
        traceparent: '00-a-b-01',
        position: { topic: 'rooms', partition: 3, offset: 42n },
      },
    });
  });

  test('keeps a field that a newer producer has added', () => {
    const value = Buffer.from(JSON.stringify({ ...payload, mood: 'merry' }));
    expect(decodeEvent(asRead({ value }))).toMatchObject({ event: { payload: { mood: 'merry' } } });
  });

  test('has the broker’s time where it bears none', () => {
    expect(decodeEvent(withHeader(header.time, undefined))).toMatchObject({
      event: { time: new Date(time.getTime() + 5) },
    });
  });

  test('of a version not known here waits instead of being refused', () => {
    expect(decodeEvent(withHeader(header.schema, 'urn:rostra:event:AddNewMessage:2'))).toEqual({
      kind: 'unknown-version',
      reason: 'AddNewMessage has version 2, this build knows 1',
    });
  });

  test('with a character that no consumer would take is not written; one that only looks like it is', () => {
    const write = (value: string) =>
      encodeEvent({ id, name: 'AddNewMessage', payload: exampleMessage({ value }), source: 'test', time });
    for (const value of ['\0', '\\\0', '\ud800', 'a\udfff', '\\\\\ud83d']) {
      expect(() => write(value)).toThrow('cannot be stored');
    }
    for (const value of ['\\u0000', '\\\\u0000', '\\ud800', '\u0001', '😀', '\\\u0001']) {
      expect(() => write(value)).not.toThrow();
    }
  });

  test('is one that a consumer reads as it was, or it is not written', () => {
    const piece = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom('\0', '\ud800', '\udc00', '\\', '\\u0000', '\\ud800', '"', '\u0001', 'u0000'),
    );
    const text = fc.array(piece, { maxLength: 6 }).map((pieces) => pieces.join(''));
    const short = text.map((whole) => [...whole].slice(0, 100).join(''));
    fc.assert(
      fc.property(short, text, (name, value) => {
        const given = exampleMessage({ value, from: { ...payload.from, name } });
        const isStorable = [name, value].every((one) => one.isWellFormed() && !one.includes('\0'));
        const write = () => encodeEvent({ id, name: 'AddNewMessage', payload: given, source: 'test', time });
        if (!isStorable) return expect(write).toThrow('cannot be stored');
        const decoded = decodeEvent(asRead({ value: Buffer.from(String(write().value)) }));
        expect(decoded).toMatchObject({ kind: 'event', event: { payload: given } });
      }),
      { numRuns: 500 },
    );
  });

  test('larger than 256 KiB is not written', () => {
    const large = exampleMessage({ value: 'x'.repeat(262_144) });
    expect(() => encodeEvent({ id, name: 'AddNewMessage', payload: large, source: 'test', time })).toThrow(
      'larger than',
    );
  });
});

describe('what is no event of ours', () => {
  test.each([
    ['no type', withHeader(header.type, undefined), 'ce_type "" is no event'],
    ['a type off the prototype', withHeader(header.type, 'toString'), 'ce_type "toString" is no event'],
    ['no id', withHeader(header.id, undefined), 'ce_id is no UUID'],
    ['an id that no table can hold', withHeader(header.id, 'x'), 'ce_id is no UUID'],
    ['no schema', withHeader(header.schema, undefined), 'ce_dataschema is missing or of another event'],
    ['another event’s schema', withHeader(header.schema, 'urn:rostra:event:EndGoal:1'), 'ce_dataschema is missing or of another event'],
    ['a version 0', withHeader(header.schema, 'urn:rostra:event:AddNewMessage:0'), 'ce_dataschema is missing or of another event'],
    ['a time that is none', withHeader(header.time, 'yesterday'), 'ce_time is no time'],
    ['no value', asRead({ value: null }), 'value is not JSON'],
    ['an array', asRead({ value: Buffer.from('[]') }), '/ must be an object'],
    ['a null', asRead({ value: Buffer.from('null') }), '/ must be an object'],
    ['a key twice', asRead({ value: Buffer.from('{"a":1,"a":2}') }), 'value has the key "a" twice'],
    ['a missing field', asRead({ value: Buffer.from('{}') }), '/message_id is required'],
  ])('%s', (_name, record, reason) => expect(reasonOf(record)).toBe(reason)); // prettier-ignore

  test('bytes that are no UTF-8', () => {
    const broken = Buffer.concat([Buffer.from('{"value":"'), Buffer.from([0xff, 0xfe]), Buffer.from('"}')]);
    expect(decodeEvent(asRead({ value: broken })).kind).toBe('invalid');
  });
});
