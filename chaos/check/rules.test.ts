import { expect, test } from '@jest/globals';
import { isRight } from './goals.ts';
import { isWithin, newestOf } from './cache.ts';
import { differing, isTop } from './totals.ts';
import { byInvariant, violations } from './violations.ts';

test('the title is with one of those who have given most, or with nobody', () => {
  const totals = new Map([
    ['ann', 5n],
    ['bob', 5n],
    ['eve', 4n],
  ]);
  expect(['ann', 'bob', 'eve', 'joe', null].map((holder) => isTop(holder, totals))).toEqual([
    true,
    true,
    false,
    false,
    false,
  ]);
  expect([isTop(null, new Map([['ann', 0n]])), isTop('ann', new Map([['ann', 0n]])), isTop(null)]).toEqual([
    true,
    false,
    true,
  ]);
});

test('totals differ where one of them has another sum; none is zero', () => {
  const one = new Map([
    [
      'mia',
      new Map([
        ['ann', 1n],
        ['bob', 0n],
      ]),
    ],
  ]);
  expect(differing(one, new Map([['mia', new Map([['ann', 1n]])]]))).toEqual([]);
  expect(differing(one, new Map([['eva', new Map([['ann', 1n]])]]))).toEqual(['mia/ann', 'eva/ann']);
});

test('an open goal follows its refunds, an ended one none that came after its end', () => {
  const gift = (sum: bigint, at: string, refundedAt: string | null = null) => ({ sum, at, refundedAt });
  const open = [gift(3n, '01'), gift(2n, '02', '03')];
  expect(isRight({ sum: 3n, requireSum: 9n, isEnded: false }, open)).toBe(true);
  expect(isRight({ sum: 5n, requireSum: 9n, isEnded: false }, open)).toBe(false);
  expect(isRight({ sum: 5n, requireSum: 5n, isEnded: true }, open)).toBe(true);
  expect(isRight({ sum: 6n, requireSum: 5n, isEnded: true }, open)).toBe(false);
  expect(isRight({ sum: 5n, requireSum: 5n, isEnded: false }, [gift(5n, '01')])).toBe(false);
  expect(isRight({ sum: 0n, requireSum: 5n, isEnded: false }, [])).toBe(true);
});

test('the history is the newest 20 of its window, in the room’s order', () => {
  const entries = Array.from({ length: 25 }, (_, at) => ({ position: BigInt(at), atMs: at, body: `{"n": ${at}}` }));
  expect(newestOf(entries, 3)).toHaveLength(20);
  expect(newestOf(entries, 23)).toEqual(['{"n":24}', '{"n":23}']);
});

test('entries may leave the window while it is asked, and nothing else', () => {
  expect(isWithin(['c', 'b'], ['c', 'b', 'a'], ['c'])).toBe(true);
  expect(isWithin(['c', 'a'], ['c', 'b', 'a'], ['c', 'b'])).toBe(false);
  expect(isWithin(['d', 'c'], ['c'], ['c'])).toBe(false);
  expect(isWithin(['b', 'c'], ['c', 'b'], ['c', 'b'])).toBe(false);
  expect(isWithin([], [], [])).toBe(true);
});

test('a line names five ids and says how many there are', () => {
  expect(violations('I1', 'lost', [])).toEqual([]);
  expect(violations('I1', 'lost', ['a', 'b'])).toEqual(['I1 lost: a b, 2 in all']);
  expect(violations('I1', 'lost', [...'abcdefg'])).toEqual(['I1 lost: a b c d e … 7 in all']);
  expect(byInvariant(['I12 z', 'I2 y', 'I1 x'])).toEqual(['I1 x', 'I2 y', 'I12 z']);
});
