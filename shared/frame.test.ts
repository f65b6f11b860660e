import { describe, expect, test } from '@jest/globals';
import { decodeFrame, encodeFrame, epochOf, type Frame, topicOwner } from './frame.ts';
import { freshId } from './ids.ts';
import type { InRecord } from './kafka.ts';

const [room, client] = [freshId(), freshId()];
const frame: Frame = {
  id: freshId(),
  topic: `room:${room}`,
  type: 'message',
  createdAt: '2026-11-21T03:00:00.000Z',
  fields: { value: 'Grüße 👋', is_public: true },
  subjects: null,
  ownerId: room,
};
const asRead = (of: Frame, change: Partial<InRecord> = {}): InRecord => {
  const { topic, key, value, headers } = encodeFrame(of);
  return {
    topic,
    key,
    value: Buffer.from(String(value)),
    headers,
    partition: 2,
    offset: 7n,
    timestampMs: 1_000,
    ...change,
  };
};

describe('a frame', () => {
  test('is keyed by the owner of its topic', () => {
    expect(encodeFrame(frame)).toMatchObject({ topic: 'ws.out', key: room });
    expect(topicOwner(`person:${client}`)).toBe(client);
  });

  test('is read with what it is routed by, and with its text as it was sent', () => {
    const routed = decodeFrame(asRead(frame));
    expect(routed).toMatchObject({ id: frame.id, topic: frame.topic, subjects: null, partition: 2, offset: 7n });
    expect(JSON.parse(String(routed?.body))).toEqual({
      type: 'message',
      id: frame.id,
      topic: frame.topic,
      created_at: frame.createdAt,
      value: 'Grüße 👋',
      is_public: true,
    });
  });

  test('that is private names who may see it', () => {
    const routed = decodeFrame(asRead({ ...frame, subjects: [client, room] }));
    expect(routed?.subjects).toEqual(new Set([client, room]));
  });

  test('that is private and names nobody is seen by nobody', () => {
    expect(decodeFrame(asRead({ ...frame, subjects: [] }))?.subjects).toEqual(new Set());
  });

  test('epoch changes with the generation and the partition', () => {
    expect(epochOf(1, 3)).toBe('g1.3');
  });
});

describe('a record that is no frame is read as none', () => {
  const without = (name: string) => {
    const { [name]: _dropped, ...headers } = encodeFrame(frame).headers;
    return asRead(frame, { headers });
  };
  test.each([
    ['without an id', without('id')],
    ['without a topic', without('topic')],
    ['that does not say whether it is public', without('is_public')],
    ['that says so in other words', asRead(frame, { headers: { ...encodeFrame(frame).headers, is_public: 'TRUE' } })],
    ['without a value', asRead(frame, { value: null })],
    ['that is no object', asRead(frame, { value: Buffer.from('[]') })],
  ])('%s', (_name, record) => expect(decodeFrame(record)).toBeNull());
});
