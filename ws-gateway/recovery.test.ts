import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { FrameWindows, type StoredFrame } from './recovery.ts';
import { decideResume } from './resume.ts';

const ROOM = 'room:a';
const limits = { budgetBytes: 1_000_000, frames: 1_000, ageMs: 600_000 };

function frame(seq: number, more: Partial<StoredFrame> = {}): StoredFrame {
  const id = `id-${seq}`;
  const { bytes = Buffer.from(id) } = more;
  return { id, topic: ROOM, partition: 0, seq, subjects: null, appendedAtMs: 0, ...more, bytes, size: bytes.length };
}

function filled(windows: FrameWindows, frames: readonly StoredFrame[]): FrameWindows {
  windows.begin(0, 0);
  for (const one of frames) windows.add(one);
  return windows;
}

const texts = (buffers: readonly Buffer[] | null) => buffers?.map(String) ?? null;
const missed = (windows: FrameWindows, seq: number, subject: string | null = null, topic = ROOM) =>
  texts(windows.since(topic, 0, subject, seq));

describe('a window', () => {
  test('answers with everything after a position, in order', () => {
    const windows = filled(new FrameWindows(limits), [frame(1), frame(4), frame(9)]);
    expect(missed(windows, 1)).toEqual(['id-4', 'id-9']);
    expect(missed(windows, 9)).toEqual([]);
  });

  test('drops an id that it still holds, and takes it again once it has left', () => {
    const windows = filled(new FrameWindows({ ...limits, frames: 2 }), [frame(1)]);
    expect(windows.add(frame(2, { id: 'id-1' }))).toBe(false);
    expect([windows.add(frame(3)), windows.add(frame(4)), windows.add(frame(5, { id: 'id-1' }))]).toEqual([
      true,
      true,
      true,
    ]);
  });

  test('is answered from the last frame that left on, and from no earlier position', () => {
    const windows = filled(new FrameWindows({ ...limits, frames: 2 }), [frame(1), frame(4), frame(6), frame(8)]);
    expect(missed(windows, 3)).toBeNull();
    expect(missed(windows, 4)).toEqual(['id-6', 'id-8']);
  });

  test('remembers what left after it has run empty', () => {
    const windows = filled(new FrameWindows(limits), [frame(3), frame(5)]);
    windows.expire(600_001);
    expect(missed(windows, 4)).toBeNull();
    expect(missed(windows, 5)).toEqual([]);
    expect(windows.bytes).toBe(0);
  });

  test('of a topic on which nothing was sent is answered from where this gateway began', () => {
    const windows = new FrameWindows(limits);
    windows.begin(0, 40);
    expect([missed(windows, 39, null, 'room:b'), missed(windows, 40, null, 'room:b')]).toEqual([null, []]);
  });

  test('gives private frames to their subjects only', () => {
    const windows = filled(new FrameWindows(limits), [frame(1), frame(2, { subjects: new Set(['ann', 'owner']) })]);
    expect(missed(windows, 0, 'ann')).toEqual(['id-1', 'id-2']);
    expect(missed(windows, 0, 'bob')).toEqual(['id-1']);
    expect(missed(windows, 0)).toEqual(['id-1']);
  });

  test('lets private frames push out neither public ones nor anybody else’s resume', () => {
    const many = [2, 3, 4].map((seq) => frame(seq, { subjects: new Set(['ann']) }));
    const windows = filled(new FrameWindows({ ...limits, frames: 2 }), [frame(1), ...many]);
    expect(missed(windows, 0, 'bob')).toEqual(['id-1']);
    expect(missed(windows, 0, 'ann')).toBeNull();
    expect(missed(windows, 2, 'ann')).toEqual(['id-3', 'id-4']);
  });

  test('gives up the oldest frame of all topics once the budget is spent', () => {
    const large = Buffer.alloc(400_000);
    const windows = filled(new FrameWindows(limits), [
      frame(1, { bytes: large }),
      frame(2, { topic: 'room:b', bytes: large }),
      frame(3, { bytes: large }),
    ]);
    expect(windows.bytes).toBeLessThanOrEqual(limits.budgetBytes);
    expect(missed(windows, 0)).toBeNull();
    expect(windows.since(ROOM, 0, null, 1)).toHaveLength(1);
    expect(windows.since('room:b', 0, null, 1)).toHaveLength(1);
  });
});

/** Rule 3 against a model that keeps everything: an answer is all that a subject missed, or none. */
test('a resume is never partial, whatever was sent, dropped and expired before it', () => {
  const step = fc.record({
    topic: fc.constantFrom('room:a', 'room:b', 'person:c'),
    subjects: fc.option(fc.subarray(['ann', 'bob', 'owner'], { minLength: 1 }), { nil: null }),
    size: fc.integer({ min: 1, max: 900 }),
    pauseMs: fc.integer({ min: 0, max: 400 }),
    isExpired: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), fc.integer({ min: 0, max: 5 }), (steps, beginning) => {
      const windows = new FrameWindows({ budgetBytes: 8_000, frames: 5, ageMs: 2_000 });
      windows.begin(0, beginning);
      const all: StoredFrame[] = [];
      let nowMs = 0;
      for (const { topic, subjects, size, pauseMs, isExpired } of steps) {
        nowMs += pauseMs;
        const seq = beginning + all.length + 1;
        const one = { topic, appendedAtMs: nowMs, bytes: Buffer.from(`${seq}`.padEnd(size)) };
        all.push(frame(seq, { ...one, subjects: subjects && new Set(subjects) }));
        windows.add(all.at(-1) as StoredFrame);
        if (isExpired) windows.expire(nowMs);
      }
      for (const topic of ['room:a', 'room:b', 'person:c', 'room:never']) {
        for (const subject of [null, 'ann', 'bob', 'owner']) {
          for (let after = beginning; after <= beginning + all.length; after++) {
            const answer = windows.since(topic, 0, subject, after);
            const wanted = all.filter(
              (one) => one.topic === topic && one.seq > after && (!one.subjects || one.subjects.has(subject ?? '')),
            );
            if (answer) expect(texts(answer)).toEqual(wanted.map(({ bytes }) => String(bytes)));
            // The newest position is always answered: nothing is missed after it.
            if (after === beginning + all.length) expect(answer).toEqual([]);
          }
        }
      }
      expect(windows.bytes).toBeLessThanOrEqual(8_000);
    }),
    { numRuns: 150 },
  );
});

describe('a position', () => {
  const here = { epoch: 'g1.0', seq: 10 };
  const all = () => [Buffer.from('x')];

  test('of another epoch is lost', () => {
    expect(decideResume({ epoch: 'g2.0', seq: 10 }, here, null, all).kind).toBe('lost');
    expect(decideResume({ epoch: 'g1.1', seq: 3 }, here, 99, all).kind).toBe('lost');
  });

  test('ahead of this gateway is for the broker to judge', () => {
    const after = { epoch: 'g1.0', seq: 12 };
    expect(decideResume(after, here, null, all)).toEqual({ kind: 'ask-end' });
    expect(decideResume(after, here, 12, all)).toEqual({ kind: 'ahead' });
    expect(decideResume(after, here, 11, all)).toEqual({ kind: 'lost' });
  });

  test('of this gateway is recovered wholly or lost', () => {
    expect(decideResume({ epoch: 'g1.0', seq: 10 }, here, null, all).kind).toBe('recovered');
    expect(decideResume({ epoch: 'g1.0', seq: 1 }, here, null, () => null).kind).toBe('lost');
  });
});
