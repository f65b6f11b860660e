import { expect, test } from '@jest/globals';
import { murmur2, partitionOf } from './partition.ts';

/** The vectors of Kafka's own test (clients/src/test/java/org/apache/kafka/common/utils/UtilsTest.java). */
test.each([
  ['21', -973932308],
  ['foobar', -790332482],
  ['a-little-bit-long-string', -985981536],
  ['a-little-bit-longer-string', -1486304829],
  ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58897971],
  ['abc', 479470107],
])('the hash of %s is the one that Kafka computes', (key, hash) => {
  expect(murmur2(Buffer.from(key))).toBe(hash);
});

test('a key whose hash is negative goes to a partition that there is', () => {
  expect(partitionOf('21', 12)).toBe((-973932308 & 0x7fffffff) % 12);
});
