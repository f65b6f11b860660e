import { expect, test } from '@jest/globals';
import { decodeControl, encodeControl, isControl, type Revocation } from './control.ts';
import { decodeFrame, encodeFrame } from './frame.ts';
import { freshId } from './ids.ts';
import type { InRecord, OutRecord } from './kafka.ts';

const read = (record: OutRecord): InRecord => ({
  ...record,
  ...{ partition: 0, offset: 1n, timestampMs: 0, value: Buffer.from(String(record.value)) },
});
const said: Revocation = { type: 'TokenRevoked', subject: freshId(), sessions: [freshId(), freshId()] };

test('a control record is read as it was written, and is a frame to nobody', () => {
  const record = read(encodeControl('one', said));
  expect(record).toMatchObject({ topic: 'ws.out', key: said.subject });
  expect(isControl(record)).toBe(true);
  expect(decodeControl(record)).toEqual(said);
  expect(decodeFrame(record)).toBeNull();
});

test('a frame is no control record', () => {
  const frame = {
    id: 'x',
    topic: `room:${freshId()}`,
    type: 'message',
    createdAt: '',
    fields: {},
    subjects: null,
    ownerId: null,
  };
  expect(isControl(read(encodeFrame(frame)))).toBe(false);
});

test.each([
  ['another kind', { headers: { control: 'MembershipEnded' } }],
  ['no JSON', { value: Buffer.from('{') }],
  ['no value', { value: null }],
  ['no sessions', { value: Buffer.from(JSON.stringify({ ...said, sessions: 'all' })) }],
  ['sessions that are none', { value: Buffer.from(JSON.stringify({ ...said, sessions: ['x'] })) }],
])('%s is left alone', (_case, change) => {
  expect(decodeControl({ ...read(encodeControl('one', said)), ...change } as InRecord)).toBeNull();
});
