import { readFile, readdir, rm } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { endLeftover, isClaimed } from '../stack/leftovers.ts';
import { commandLine } from '../stack/ports.ts';
import { runVariable } from './mark.ts';

const graceMs = 30_000;
const pollMs = 50;

/** Waits up to 30 s for the processes of a run to end, then ends them by force and says which they were. */
export async function endProcessesOf(runId: string): Promise<string[]> {
  const deadline = Date.now() + graceMs;
  let pids = await processesOf(runId);
  while (pids.length > 0 && Date.now() < deadline) {
    await sleep(pollMs);
    pids = await processesOf(runId);
  }
  const left = await Promise.all(pids.map(async (pid) => `pid ${pid} (${(await commandLine(pid)).join(' ')})`));
  for (const pid of pids) killIfThere(pid);
  return left;
}

/** Removes what test runs left that were killed before they could: their servers and their data. */
export async function removeAbandonedStacks(folder: string): Promise<void> {
  const names = (await readdir(folder).catch(() => [])).filter((name) => name.startsWith('test-'));
  for (const name of names) {
    const directory = `${folder}/${name}`;
    if (await isClaimed(directory)) continue;
    for (const part of ['replica', 'mysql', 'kafka', 'redis']) await endLeftover({ name: part, directory });
    await rm(directory, { recursive: true, force: true });
  }
}

async function processesOf(runId: string): Promise<number[]> {
  const names = await readdir('/proc').catch(() => []);
  const pids = names.filter((name) => /^\d+$/.test(name)).map(Number);
  const found: number[] = [];
  for (const pid of pids) if (pid !== process.pid && (await belongsTo(pid, runId))) found.push(pid);
  return found;
}

async function belongsTo(pid: number, runId: string): Promise<boolean> {
  const variables = await readFile(`/proc/${pid}/environ`, 'utf8').catch(() => '');
  return variables.split('\0').includes(`${runVariable}=${runId}`);
}

function killIfThere(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It ended by itself in this moment.
  }
}
