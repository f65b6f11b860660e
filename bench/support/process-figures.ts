import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { cpus } from 'node:os';

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

const MEMORY_EVERY_MS = 100;

/** Watches the memory of processes from now on; tells, for each, how many bytes it held at most beyond what it holds now. */
export function watchMemory(pids: readonly number[]): { stop(): readonly number[] } {
  const from = pids.map(residentBytes);
  const most = [...from];
  const look = () => {
    for (const [at, pid] of pids.entries()) most[at] = Math.max(most[at] ?? 0, residentBytes(pid));
  };
  const timer = setInterval(look, MEMORY_EVERY_MS);
  return {
    stop() {
      clearInterval(timer);
      look();
      return most.map((bytes, at) => bytes - (from[at] ?? 0));
    },
  };
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
 * Gives the servers that are measured the first core, where one at a time has something to do, and all else the others,
 * so that a load generator cannot take a server's time. Does nothing on a machine with one core, or without `taskset`.
 * @returns whether it was done
 */
export function separate(servers: readonly number[], others: readonly number[]): boolean {
  const cores = cpus().length;
  return cores > 1 && servers.every((pid) => pin(pid, '0')) && others.every((pid) => pin(pid, `1-${cores - 1}`));
}

/** Lets processes run on every core again. */
export function unite(pids: readonly number[]): void {
  for (const pid of pids) pin(pid, `0-${cpus().length - 1}`);
}

function pin(pid: number, cores: string): boolean {
  return spawnSync('taskset', ['-a', '-c', '-p', cores, String(pid)], { stdio: 'ignore' }).status === 0;
}
