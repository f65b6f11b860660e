/**
 * Loaded by NODE_OPTIONS=--import=<this file>: on SIGUSR2 the process does nothing for 3 s, as in a loop without an end
 * that ends after all. Timers, sockets and heartbeats wait; the system sees a process that sleeps.
 */
import { writeSync } from 'node:fs';

const BLOCK_MS = 3_000;

process.on('SIGUSR2', () => {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, BLOCK_MS);
  writeSync(2, `event loop blocked for ${BLOCK_MS} ms\n`);
});
