import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Hub, type Viewer } from './hub.ts';
import type { StoredFrame } from './recovery.ts';

interface Recorded extends Viewer {
  /** One entry a write. */
  readonly writes: string[];
}

function viewer(subject: string | null): Recorded {
  const writes: string[] = [];
  return { subject, topics: new Set(), writes, write: (bytes) => writes.push(bytes.toString()) };
}

const frame = (seq: number, subjects: string[] | null = null, topic = 'room:a'): StoredFrame => ({
  ...{ id: `${seq}`, topic, partition: 0, seq, appendedAtMs: 0 },
  subjects: subjects && new Set(subjects),
  ...{ bytes: Buffer.from(`[${seq}]`), size: `[${seq}]`.length },
});

function join(hub: Hub, who: Viewer, topic = 'room:a', knownUpTo: number | null = null): void {
  hub.enter(who);
  hub.join(topic, who, knownUpTo);
}

test('the frames of one turn of the loop reach each viewer in one write, in order', async () => {
  const hub = new Hub();
  const [ann, bob] = [viewer('ann'), viewer('bob')];
  for (const who of [ann, bob]) join(hub, who);
  for (const seq of [1, 2, 3]) hub.deliver(frame(seq));
  expect(ann.writes).toEqual([]);
  await new Promise((resolve) => setImmediate(resolve));
  expect([ann.writes, bob.writes]).toEqual([['[1][2][3]'], ['[1][2][3]']]);
});

test('a round of writes that took long is followed by a rest, and what comes meanwhile by one write', async () => {
  const hub = new Hub();
  const ann = viewer('ann');
  const { promise, resolve } = Promise.withResolvers<number>();
  const write = (bytes: Buffer) => {
    ann.write(bytes);
    if (ann.writes.length === 2) resolve(performance.now());
    spend(6);
  };
  join(hub, { ...ann, write });
  hub.deliver(frame(1));
  hub.flush();
  const endedMs = performance.now();
  for (const seq of [2, 3]) hub.deliver(frame(seq));
  // A timer may come a millisecond early.
  expect((await promise) - endedMs).toBeGreaterThan(3);
  expect(ann.writes).toEqual(['[1]', '[2][3]']);
});

function spend(ms: number): void {
  const end = performance.now() + ms;
  while (performance.now() < end);
}

test('a private frame goes to every socket of its subjects in that room, in its place, and to nobody else', () => {
  const hub = new Hub();
  const [ann, annToo, annElsewhere, owner, bob, nobody] = ['ann', 'ann', 'ann', 'owner', 'bob', null].map(viewer);
  for (const who of [ann, annToo, owner, bob, nobody]) join(hub, who as Recorded);
  join(hub, annElsewhere as Recorded, 'room:b');
  for (const one of [frame(1), frame(2, ['ann', 'owner']), frame(3)]) hub.deliver(one);
  hub.flush();
  for (const who of [ann, annToo, owner]) expect(who?.writes).toEqual(['[1][2][3]']);
  for (const who of [bob, nobody]) expect(who?.writes).toEqual(['[1][3]']);
  expect(annElsewhere?.writes).toEqual([]);
});

test('a turn with nothing but private frames writes to their subjects only', () => {
  const hub = new Hub();
  const [ann, bob] = [viewer('ann'), viewer('bob')];
  for (const who of [ann, bob]) join(hub, who);
  hub.deliver(frame(1, ['ann']));
  hub.flush();
  expect([ann.writes, bob.writes]).toEqual([['[1]'], []]);
});

test('who joins in the middle of a turn gets what was read after, and nothing of what was read before', () => {
  const hub = new Hub();
  const [ann, bob] = [viewer('ann'), viewer('bob')];
  join(hub, ann);
  hub.deliver(frame(1));
  join(hub, bob);
  hub.deliver(frame(2));
  hub.flush();
  expect([ann.writes.join(''), bob.writes.join('')]).toEqual(['[1][2]', '[2]']);
});

test('who comes from a faster gateway is not given again what they know', () => {
  const hub = new Hub();
  const ahead = viewer('ann');
  join(hub, ahead, 'room:a', 2);
  for (const seq of [1, 2]) hub.deliver(frame(seq));
  hub.tellPositions(0, () => ({ seq: 1, frame: Buffer.from('position') }));
  for (const seq of [3, 4]) hub.deliver(frame(seq));
  hub.flush();
  hub.deliver(frame(5));
  hub.flush();
  expect(ahead.writes).toEqual(['[3][4]', '[5]']);
});

test('who comes from a faster gateway is told a position as soon as it is none of the past, however quiet their topic is', () => {
  const hub = new Hub();
  const ahead = viewer('ann');
  join(hub, ahead, 'room:a', 200);
  for (const seq of [199, 200]) hub.tellPositions(0, () => ({ seq, frame: Buffer.from(`at:${seq}`) }));
  expect(ahead.writes).toEqual(['at:200']);
  hub.deliver(frame(201));
  hub.flush();
  expect(ahead.writes).toEqual(['at:200', '[201]']);
});

test('who has left gets nothing more, and a viewer that leaves while others are written to harms none of them', () => {
  const hub = new Hub();
  const [ann, cut, bob] = [viewer('ann'), viewer('cut'), viewer('bob')];
  const leaving: Viewer = { ...cut, write: () => hub.leave(leaving) };
  for (const who of [ann, leaving, bob]) join(hub, who);
  hub.deliver(frame(1));
  hub.flush();
  hub.deliver(frame(2));
  hub.flush();
  expect([ann.writes, bob.writes, leaving.topics.size, hub.countOf('cut')]).toEqual([
    ['[1]', '[2]'],
    ['[1]', '[2]'],
    0,
    0,
  ]);
});

test('a quiet topic is told its position; one that has just been told anything is not', () => {
  let nowMs = 0;
  const hub = new Hub(() => nowMs);
  const [quiet, busy] = [viewer('ann'), viewer('bob')];
  join(hub, quiet, 'room:a');
  join(hub, busy, 'room:b');
  nowMs = 100;
  hub.deliver(frame(1, null, 'room:b'));
  hub.tellPositions(100, (topic) => ({ seq: 1, frame: Buffer.from(`at:${topic}`) }));
  nowMs = 150;
  hub.tellPositions(100, (topic) => ({ seq: 1, frame: Buffer.from(`at:${topic}`) }));
  expect([quiet.writes, busy.writes]).toEqual([['at:room:a'], ['[1]']]);
});

/** Any interleaving of joins, departures, frames and flushes, against what each viewer must have seen. */
test('everybody sees exactly the frames of their time that are theirs, in the one order', () => {
  const names = ['ann', 'bob', 'owner'];
  const step = fc.oneof(
    fc.record({ kind: fc.constant('join' as const), who: fc.nat(5) }),
    fc.record({ kind: fc.constant('part' as const), who: fc.nat(5) }),
    fc.record({ kind: fc.constant('flush' as const) }),
    fc.record({
      kind: fc.constant('frame' as const),
      subjects: fc.option(fc.subarray(names, { minLength: 1 }), { nil: null }),
    }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
      const hub = new Hub();
      const viewers = [0, 1, 2, 3, 4, 5].map((n) => viewer(names[n % 3] ?? null));
      for (const who of viewers) hub.enter(who);
      const wanted = viewers.map(() => '');
      let seq = 0;
      const pending: { at: number; text: string }[] = [];
      for (const one of steps) {
        if (one.kind === 'flush') hub.flush();
        else if (one.kind === 'frame') {
          seq++;
          viewers.forEach(({ subject, topics }, at) => {
            const isTheirs = topics.has('room:a') && (!one.subjects || one.subjects.includes(subject ?? ''));
            if (isTheirs) pending.push({ at, text: `[${seq}]` });
          });
          hub.deliver(frame(seq, one.subjects));
        } else {
          const who = viewers[one.who] as Recorded;
          hub.flush();
          if (one.kind === 'join') hub.join('room:a', who, null);
          else hub.part('room:a', who);
        }
      }
      hub.flush();
      for (const { at, text } of pending) wanted[at] += text;
      expect(viewers.map(({ writes }) => writes.join(''))).toEqual(wanted);
    }),
    { numRuns: 300 },
  );
});
