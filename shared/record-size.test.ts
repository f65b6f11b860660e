import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { OutRecord } from './kafka.ts';
import { sizeOf, splitBySize } from './record-size.ts';

const record = (bytes: number): OutRecord => ({
  topic: 'rooms',
  key: 'k',
  value: 'x'.repeat(bytes),
  headers: { a: 'b' },
});

test('a record’s size is that of its key, value and headers, in bytes', () => {
  expect(sizeOf({ topic: 'rooms', key: 'é', value: '👋', headers: { ab: 'c' } })).toBe(2 + 4 + 3);
  expect(sizeOf({ topic: 'rooms', key: null, value: null, headers: {} })).toBe(0);
});

test('requests keep every record in order and stay within the bound, unless one record alone exceeds it', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 300 }), { maxLength: 60 }), (sizes) => {
      const records = sizes.map(record);
      const requests = splitBySize(records, 400);
      expect(requests.flat()).toEqual(records);
      for (const request of requests) {
        const bytes = request.reduce((sum, one) => sum + sizeOf(one), 0);
        expect(request.length === 1 || bytes <= 400).toBe(true);
      }
    }),
  );
});
