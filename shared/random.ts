import { randomFillSync } from 'node:crypto';

const POOL_BYTES = 8_192;
const pool = Buffer.alloc(POOL_BYTES);
let used = POOL_BYTES;

/**
 * Bytes nobody can guess, from the system's generator; drawn for many calls at once, since each draw costs microseconds
 * however little is asked for. The view is the caller's alone, until the pool has been gone through once: copy what stays.
 * @param bytes at most 8,192
 */
export function randomView(bytes: number): Buffer {
  if (used + bytes > POOL_BYTES) {
    randomFillSync(pool);
    used = 0;
  }
  return pool.subarray(used, (used += bytes));
}
