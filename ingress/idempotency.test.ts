import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { canonicalJson, fingerprintOf } from './idempotency.ts';

test('the order of fields makes no difference, and every value does', () => {
  expect(fingerprintOf({ a: 1, b: { c: 2, d: 3 } }, {}, null)).toBe(
    fingerprintOf({ b: { d: 3, c: 2 }, a: 1 }, {}, null),
  );
  const others = [{ a: '1' }, { a: 2 }, { b: 1 }, { a: [1] }, { a: 1, b: null }, [{ a: 1 }], null];
  const prints = [{ a: 1 }, ...others].map((body) => fingerprintOf(body, {}, null));
  expect(new Set(prints).size).toBe(prints.length);
});

test('body and path are told apart', () => {
  expect(fingerprintOf({ a: 1 }, {}, null)).not.toBe(fingerprintOf({}, { a: 1 }, null));
});

test('rooms are told apart, and from none', () => {
  const prints = [null, 'a', 'b'].map((room) => fingerprintOf({ a: 1 }, {}, room));
  expect(new Set(prints).size).toBe(3);
});

test('canonical JSON says the same as JSON', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      expect(JSON.parse(canonicalJson(value))).toEqual(JSON.parse(JSON.stringify(value)));
    }),
  );
});
