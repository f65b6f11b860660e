import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';

/** Linux counts processor time in hundredths of a second for everybody who reads /proc (USER_HZ). */
const TICKS_A_SECOND = 100;

/** Processor seconds, user and system, that a process has used so far, all its threads together. */
export function processorSeconds(pid: number): number {
  const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // The program's name, which may hold anything, ends at the last parenthesis; utime and stime are fields 14 and 15.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS_A_SECOND;
}

/** Bytes of memory that a process holds (resident set). What the kernel keeps for its sockets is not in it. */
export function residentBytes(pid: number): number {
  const text = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(text)?.[1] ?? NaN) * 1_024;
}

/** How many seconds of processor time a second of the clock was used while `work` ran: 1 = one core all the time. */
export async function busyWhile<T>(
  pids: readonly number[],
  work: () => Promise<T>,
): Promise<{ result: T; busy: number }> {
  const used = () => pids.reduce((sum, pid) => sum + processorSeconds(pid), 0);
  const before = used();
  const from = performance.now();
  const result = await work();
  return { result, busy: (used() - before) / ((performance.now() - from) / 1_000) };
}

/**
 * Gives the server that is measured the first core alone and all else the others, so that a load generator cannot take
 * its time. Does nothing on a machine with one core, or without `taskset`; says whether it was done.
 */
export function separate(server: number, others: readonly number[]): boolean {
  const cores = availableParallelism();
  if (cores < 2) return false;
  return [server, ...others].every((pid) => {
    const list = pid === server ? '0' : `1-${cores - 1}`;
    return spawnSync('taskset', ['-a', '-c', '-p', list, String(pid)], { stdio: 'ignore' }).status === 0;
  });
}
