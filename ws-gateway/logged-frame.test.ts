import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { decodeFrame, encodeFrame, type RoutedFrame } from '../shared/frame.ts';
import { freshId } from '../shared/ids.ts';
import { LoggedFrame } from './logged-frame.ts';
import { textFrame } from './outbound.ts';
import { FrameWindows } from './recovery.ts';

const room = `room:${freshId()}`;

/** A record of `ws.out` as it is read, its value a slice of what was fetched with it. */
function routed(value: string, offset = 7n, id = freshId()): RoutedFrame {
  const frame = { id, topic: room, type: 'message', createdAt: '2026-11-21T03:00:00.000Z', fields: { value } };
  const record = encodeFrame({ ...frame, subjects: null, ownerId: null });
  const fetched = Buffer.from(`before${String(record.value)}after`);
  const body = fetched.subarray(6, fetched.length - 5);
  const read = decodeFrame({ ...record, key: record.key, value: body, partition: 2, offset, timestampMs: 1_000 });
  if (!read) throw new Error('it is no frame');
  return read;
}

/** Texts around the lengths at which a frame's header grows, in one to four bytes a character. */
const text = fc.oneof(
  fc.string({ unit: 'grapheme' }),
  fc.tuple(fc.constantFrom('x', 'é', '\u20ac', '👋'), fc.nat(130)).map(([one, times]) => one.repeat(times)),
  fc.integer({ min: 65_200, max: 65_536 }).map((length) => 'x'.repeat(length)),
);

test('a frame is written as its text with its place first, whether its room was held when it was read or not', () => {
  fc.assert(
    fc.property(text, fc.integer({ min: 0, max: 2 ** 40 }), (value, offset) => {
      const read = routed(value, BigInt(offset));
      const wanted = textFrame(`{"seq":${offset + 1},${String(read.body).slice(1)}`);
      for (const isHeld of [true, false]) {
        const frame = new LoggedFrame(read, isHeld);
        expect(frame.size).toBe(wanted.length);
        expect(frame.bytes.equals(wanted)).toBe(true);
        expect(frame.size).toBe(frame.bytes.length);
      }
    }),
    { numRuns: 200 },
  );
});

test('what is kept for later does not change with the memory that it was read into', () => {
  const read = routed('Grüße 👋');
  const [now, later] = [new LoggedFrame(read, true), new LoggedFrame(read, false)];
  const wanted = Buffer.from(now.bytes);
  read.body.fill(0);
  expect(later.bytes.equals(wanted)).toBe(true);
  expect(now.bytes.equals(wanted)).toBe(true);
});

test('all who missed a frame are given the same bytes', () => {
  const frame = new LoggedFrame(routed('hello'), false);
  expect(frame.bytes).toBe(frame.bytes);
});

test('a window of frames that nobody was there for is answered whole, in order, and weighs the same after it', () => {
  const windows = new FrameWindows({ budgetBytes: 1_000_000, frames: 1_000, ageMs: 600_000 });
  windows.begin(2, 0);
  const frames = Array.from({ length: 20 }, (_, at) => new LoggedFrame(routed(`é${at}`, BigInt(at)), at % 3 === 0));
  for (const frame of frames) windows.add(frame);
  const before = windows.bytes;
  const answer = windows.since(room, 2, null, 5);
  expect(answer?.map((bytes) => (JSON.parse(bytes.toString('utf8', 4)) as { seq: number }).seq)).toEqual(
    Array.from({ length: 15 }, (_, at) => at + 6),
  );
  expect(windows.bytes).toBe(before);
  windows.expire(700_000);
  expect(windows.bytes).toBe(0);
});
