import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import theirs from 'kafkajs/src/protocol/recordBatch/crc32C/index.js';
import { crc32c } from './crc32c.ts';

test.each([
  ['32 zeros', Buffer.alloc(32), 0x8a9136aa],
  ['32 ones', Buffer.alloc(32, 0xff), 0x62a8ab43],
  ['rising', Buffer.from(Array.from({ length: 32 }, (_, at) => at)), 0x46dd794e],
  ['the digits', Buffer.from('123456789'), 0xe3069283],
])('the sum of %s is the one in RFC 3720', (_name, bytes, sum) => {
  expect(crc32c(bytes)).toBe(sum);
});

test('any bytes, from anywhere on, have the sum that kafkajs computes', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), fc.nat(20), (array, start) => {
      const bytes = Buffer.from(array);
      expect(crc32c(bytes, Math.min(start, bytes.length))).toBe(theirs(bytes.subarray(start)));
    }),
  );
});
