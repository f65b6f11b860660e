import { describe, expect, test } from '@jest/globals';
import { textFrame } from '../../ws-gateway/outbound.ts';
import { clientFrame, eventsInFrame, FrameReader, pong } from './frame-reader.ts';

function readIn(pieces: number, bytes: Buffer): [number, number][] {
  const frames: [number, number][] = [];
  const reader = new FrameReader((opcode, length) => frames.push([opcode, length]));
  for (let at = 0; at < bytes.length; at += pieces) {
    reader.read(bytes, at, Math.min(bytes.length, at + pieces));
  }
  return frames;
}

describe('the load generator', () => {
  test('counts frames of every length, however the bytes are cut', () => {
    const lengths = [0, 1, 125, 126, 300, 65_535, 65_536, 70_000];
    const stream = Buffer.concat([
      ...lengths.map((length) => textFrame(Buffer.alloc(length, 97))),
      Buffer.from([0x89, 0]),
    ]);
    const expected = [...lengths.map((length) => [1, length]), [9, 0]];
    for (const pieces of [1, 7, 4_096, stream.length]) expect(readIn(pieces, stream)).toEqual(expected);
  });

  test('tells how many events a server has joined in a frame', () => {
    const unit = 340;
    for (const events of [1, 2, 7, 16]) expect(eventsInFrame(events * unit + events - 1, unit)).toBe(events);
    expect(eventsInFrame(unit + 3, unit)).toBe(1);
    expect(eventsInFrame(90, unit)).toBe(0);
  });

  test('sends masked frames, as a client must', () => {
    expect(clientFrame('40')[1]).toBe(0x82);
    expect(clientFrame('40').subarray(6).toString()).toBe('40');
    expect(pong[1]).toBe(0x80);
  });
});
