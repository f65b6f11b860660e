import { expect, test } from '@jest/globals';
import { RecentMap } from './recent-map.ts';

const filled = (capacity: number, count: number) => {
  const map = new RecentMap<number, number>(capacity);
  for (let at = 0; at < count; at++) map.set(at, at);
  return map;
};

test('it holds no more than its capacity, and always the newest half of it', () => {
  for (let count = 0; count < 60; count++) {
    const map = filled(20, count);
    expect(map.size).toBe(count < 10 ? count : 10 + (count % 10));
    for (let back = 1; back <= Math.min(count, 10); back++) expect(map.get(count - back)).toBe(count - back);
  }
});

test('what is used stays, however much comes after it', () => {
  const map = filled(20, 1);
  for (let at = 1; at < 200; at++) {
    map.set(at, at);
    expect(map.get(0)).toBe(0);
    expect(map.size).toBeLessThanOrEqual(20);
  }
  expect(map.get(1)).toBeUndefined();
});

test('a key has one value, and none once it is deleted, in whichever generation it was', () => {
  for (let after = 0; after < 19; after++) {
    const map = filled(20, 0);
    map.set(-1, 1);
    for (let at = 0; at < after && at < 18; at++) map.set(at, at);
    map.set(-1, 2);
    expect(map.get(-1)).toBe(2);
    map.delete(-1);
    expect(map.get(-1)).toBeUndefined();
  }
});
