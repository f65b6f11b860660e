import { readFile, readdir, rm } from 'node:fs/promises';
import { endLeftover, isClaimed } from '../stack/leftovers.ts';
import { commandLine } from '../stack/ports.ts';

/** Every process of a run inherits this variable, wherever it has moved in the tree of processes. */
export const runVariable = 'ROSTRA_TEST_RUN';

/** Ends the processes that a run has left, by force, and says which they were. */
export async function endProcessesOf(runId: string): Promise<string[]> {
  const pids = (await readdir('/proc').catch(() => [])).filter((name) => /^\d+$/.test(name)).map(Number);
  const left: string[] = [];
  for (const pid of pids) {
    if (pid === process.pid || !(await belongsTo(pid, runId))) continue;
    left.push(`pid ${pid} (${(await commandLine(pid)).join(' ')})`);
    process.kill(pid, 'SIGKILL');
  }
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

async function belongsTo(pid: number, runId: string): Promise<boolean> {
  const variables = await readFile(`/proc/${pid}/environ`, 'utf8').catch(() => '');
  return variables.split('\0').includes(`${runVariable}=${runId}`);
}
