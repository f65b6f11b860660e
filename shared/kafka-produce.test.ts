import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import fc from 'fast-check';
import theirs from 'kafkajs/src/protocol/requests/produce/v3/request.js';
import type { ProduceArguments } from 'kafkajs/src/protocol/requests/index.js';
import { encodeProduce } from './kafka-produce.ts';

const NOW_MS = 1_795_000_000_123;

beforeAll(() => void jest.useFakeTimers({ now: NOW_MS, doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask'] }));
afterAll(() => void jest.useRealTimers());

async function expectAlike(args: ProduceArguments): Promise<void> {
  const expected = (await theirs(args).encode()).buffer;
  expect(encodeProduce(args, NOW_MS).toString('hex')).toBe(expected.toString('hex'));
}

const text = fc.oneof(fc.string(), fc.string({ unit: 'binary' }), fc.string({ minLength: 100, maxLength: 300 }));
const message = fc.record({
  key: fc.oneof(text, fc.constant(null)),
  value: fc.oneof(
    text,
    fc.uint8Array().map((bytes) => Buffer.from(bytes)),
    fc.constant(null),
  ),
  headers: fc.dictionary(fc.string({ minLength: 1 }), text),
});
const topic = fc.record({
  topic: fc.string({ minLength: 1, maxLength: 40 }),
  partitions: fc.array(
    fc.record({ partition: fc.nat(100), messages: fc.array(message, { minLength: 1, maxLength: 5 }) }),
    { minLength: 1, maxLength: 3 },
  ),
});

test('every request has the bytes that kafkajs would have written', async () => {
  const requests = fc.array(topic, { minLength: 1, maxLength: 3 });
  await fc.assert(
    fc.asyncProperty(requests, (topicData) => expectAlike({ acks: -1, timeout: 5_000, topicData })),
    { numRuns: 150 },
  );
});

test('a batch of 9,000 records as well, where offsets and lengths need several bytes', async () => {
  const messages = Array.from({ length: 9_000 }, (_, at) => ({
    key: `${at}`,
    value: at === 1 ? 'é'.repeat(20_000) : 'v',
    headers: { at: `${at}` },
  }));
  await expectAlike({ acks: 1, timeout: 1, topicData: [{ topic: 't', partitions: [{ partition: 7, messages }] }] });
});
