import { expect, test } from '@jest/globals';
import { ConnectionWatch } from './repeats.ts';

const frame = (id: string, seq: number, topic = 'room') => ({ id, topic, seq });

test('an id that one connection is given twice is kept, even under a new seq', () => {
  const watch = new ConnectionWatch();
  watch.take(frame('a', 1), 0);
  watch.take(frame('b', 2), 1);
  watch.take(frame('a', 3), 2);
  expect([watch.repeats, watch.backwards]).toEqual([[{ id: 'a', atMs: 2 }], []]);
});

test('a seq that does not grow is kept, on each topic by itself', () => {
  const watch = new ConnectionWatch();
  for (const one of [frame('a', 5), frame('x', 1, 'person'), frame('b', 5), frame('c', 4), frame('d', 6)])
    watch.take(one, 0);
  expect([watch.repeats, watch.backwards]).toEqual([[], ['b', 'c']]);
});

test('another connection may be given the same again', () => {
  const watch = new ConnectionWatch();
  watch.take(frame('a', 5), 0);
  watch.begin();
  watch.take(frame('a', 5), 1);
  expect([watch.repeats, watch.backwards]).toEqual([[], []]);
});

test('what has left the gateway’s window by number or age may come again', () => {
  const watch = new ConnectionWatch();
  watch.take(frame('a', 0), 0);
  for (let seq = 1; seq <= 1_000; seq++) watch.take(frame(`frame ${seq}`, seq), 0);
  watch.take(frame('a', 1_001), 0);
  watch.take(frame('a', 1_002), 11 * 60_000);
  expect(watch.repeats).toEqual([]);
});
