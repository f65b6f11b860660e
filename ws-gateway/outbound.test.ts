import { expect, test } from '@jest/globals';
import type { Writable } from 'node:stream';
import fc from 'fast-check';
import * as ws from 'ws';
import { errorFrame, joined, subscribedFrame, textFrame, welcomeFrame } from './outbound.ts';

/** ws exports its parser, but its types don't name it. */
const { Receiver } = ws as unknown as { Receiver: new (options: { isServer: boolean }) => Writable };

/** What ws's own parser makes of bytes that arrive in the given pieces. */
async function read(pieces: readonly Buffer[]): Promise<string[]> {
  const texts: string[] = [];
  const receiver = new Receiver({ isServer: false });
  receiver.on('message', (bytes: Buffer, isBinary: boolean) => texts.push(isBinary ? 'binary' : bytes.toString()));
  const failed = new Promise((_, reject) => receiver.once('error', reject));
  for (const piece of pieces) {
    await Promise.race([new Promise((resolve) => receiver.write(piece, resolve)), failed]);
  }
  return texts;
}

const lengths = [0, 1, 125, 126, 127, 65_535, 65_536, 70_000];

test.each(lengths)("ws's own parser reads a frame of %i bytes whole", async (length) => {
  const text = 'x'.repeat(length);
  expect(await read([textFrame(text)])).toEqual([text]);
});

test("ws's own parser reads any frames back, however they are joined and cut", async () => {
  const texts = fc.array(
    fc.oneof(fc.string({ unit: 'grapheme' }), fc.constantFrom(...lengths.map((n) => 'é'.repeat(n)))),
    {
      minLength: 1,
      maxLength: 8,
    },
  );
  await fc.assert(
    fc.asyncProperty(texts, fc.integer({ min: 1, max: 70_000 }), async (wanted, cut) => {
      const bytes = joined(wanted.map((text) => textFrame(text)));
      const pieces = [];
      for (let at = 0; at < bytes.length; at += cut) pieces.push(bytes.subarray(at, at + cut));
      // Cutting long texts byte by byte says nothing new and takes long.
      fc.pre(pieces.length < 2_000);
      expect(await read(pieces)).toEqual(wanted);
    }),
    { numRuns: 100 },
  );
});

test('what the gateway itself says has the shapes of the contract', async () => {
  const position = { topic: 'room:a', epoch: 'g1.2', seq: 7 };
  const frames = [
    welcomeFrame('c', null, 25_000),
    subscribedFrame(position, true, 3),
    errorFrame(404, 'no such topic', 'r'),
    errorFrame(400, 'bad frame'),
  ];
  expect((await read(frames)).map((text) => JSON.parse(text) as unknown)).toEqual([
    { type: 'welcome', connection_id: 'c', sub: null, heartbeat_ms: 25_000 },
    { type: 'subscribed', topic: 'room:a', epoch: 'g1.2', seq: 7, recovered: true, count: 3 },
    { type: 'error', code: 404, message: 'no such topic', ref: 'r' },
    { type: 'error', code: 400, message: 'bad frame' },
  ]);
});
