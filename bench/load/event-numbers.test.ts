import { describe, expect, test } from '@jest/globals';
import { textFrame } from '../../ws-gateway/outbound.ts';
import { eventText, TEXT_CHARACTERS } from '../support/room-event.ts';
import { EventNumbers } from './event-numbers.ts';
import { FrameReader } from './frame-reader.ts';

function numbersIn(stream: Buffer, pieces: number): number[] {
  const numbers: number[] = [];
  const finder = new EventNumbers();
  const reader = new FrameReader(
    () => undefined,
    (piece, isLast) => void numbers.push(...finder.read(piece, isLast)),
  );
  for (let at = 0; at < stream.length; at += pieces) reader.read(stream, at, Math.min(stream.length, at + pieces));
  return numbers;
}

describe('a timed viewer', () => {
  test('knows every event by its number: alone in a frame, wrapped, several in one, and however the bytes are cut', () => {
    const event = (number: number) => eventText(number, TEXT_CHARACTERS);
    const pushed = (number: number) => `{"push":{"channel":"room","pub":{"data":${event(number)}}}}`;
    const stream = Buffer.concat([
      ...[0, 1].map((number) => textFrame(event(number))),
      textFrame('{"type":"position","seq":2}'),
      textFrame([2, 3, 1_234_567].map(pushed).join('\n')),
      textFrame(eventText(4, 6_000)),
    ]);
    for (const pieces of [1, 19, 20, 333, 4_096, stream.length])
      expect(numbersIn(stream, pieces)).toEqual([0, 1, 2, 3, 1_234_567, 4]);
  });
});
