import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { readClientFrame } from './inbound.ts';

test('a subscription is read with its position and its own reference', () => {
  const frame = { type: 'subscribe', topic: 'room:a', after: { epoch: 'g1.0', seq: 0 }, ref: 'mine' };
  expect(readClientFrame(JSON.stringify(frame))).toEqual({ ok: true, frame });
});

test.each([
  ['{"type":"subscribe"}', 'bad frame: /topic is required'],
  ['{"type":"subscribe","topic":""}', 'bad frame: /topic must not be empty'],
  ['{"type":"subscribe","topic":"room:a","after":{"epoch":"e","seq":-1}}', 'bad frame: /after/seq must be at least 0'],
  ['{"type":"constructor"}', 'unknown type'],
  ['{"type":["subscribe"]}', 'unknown type'],
])('%s is answered by what is wrong with it', (text, message) => {
  const read = readClientFrame(text);
  expect(read).toMatchObject({ ok: false, message: expect.stringContaining(message) });
});

test('a reference is given back with the error, unless it is none', () => {
  expect(readClientFrame('{"type":"nonsense","ref":"mine"}')).toMatchObject({ reference: 'mine' });
  expect(readClientFrame('{"type":"nonsense","ref":{"a":1}}')).not.toHaveProperty('reference');
});

test('no text makes the reader throw', () => {
  const texts = fc.oneof(
    fc.string(),
    fc.json(),
    fc.string({ unit: fc.constantFrom('{', '}', '[', '"', ':', '\\', '1') }),
  );
  fc.assert(
    fc.property(texts, (text) => {
      expect(typeof readClientFrame(text).ok).toBe('boolean');
    }),
    { numRuns: 500 },
  );
});
