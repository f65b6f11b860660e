import { readFile, rm, writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { commandLine } from './ports.ts';

const endTimeoutMs = 10_000;
const pollMs = 25;

/** Which server a pid file is about. */
export interface Owner {
  name: string;
  directory: string;
  command: string;
  args: string[];
}

/** A process, told apart from any other that bears its pid later. */
export interface Remembered {
  pid: number;
  startedAt: string;
  command: string[];
}

/** Writes down which process serves this directory, so that a later run can recognise it beyond doubt. */
export async function rememberPid(owner: Owner, pid: number): Promise<void> {
  const remembered: Remembered = {
    pid,
    startedAt: await startTime(pid),
    command: [owner.command, ...owner.args],
  };
  await writeFile(pidPath(owner), JSON.stringify(remembered));
}

/**
 * Notes that this very process uses the directory, so that a second run does not end the first one's servers as
 * leftovers. Throws when another living process uses it.
 */
export async function claimDirectory(directory: string): Promise<void> {
  const owner = { name: 'owner', directory };
  const text = await readFile(pidPath(owner), 'utf8').catch(() => '');
  const other = parse(text);
  if (other && other.pid !== process.pid && (await isSame(other))) {
    throw new Error(`${directory} is in use by pid ${other.pid} (${other.command.join(' ')})`);
  }
  await writeFile(pidPath(owner), JSON.stringify(await thisProcess()));
}

/** This very process, as another one can recognise it. */
export async function thisProcess(): Promise<Remembered> {
  const { pid } = process;
  return { pid, startedAt: await startTime(pid), command: await commandLine(pid) };
}

/** Says whether a living process uses the directory. */
export async function isClaimed(directory: string): Promise<boolean> {
  const other = parse(await readFile(pidPath({ name: 'owner', directory }), 'utf8').catch(() => ''));
  return other !== undefined && (await isSame(other));
}

/** Removes the note; the process has gone. */
export async function forgetPid(owner: Pick<Owner, 'name' | 'directory'>): Promise<void> {
  await rm(pidPath(owner), { force: true });
}

/**
 * Ends the process that a killed run left behind in this directory, if it is still the same one:
 * pids are used again, so the start time and the command line must match too.
 */
export async function endLeftover(owner: Pick<Owner, 'name' | 'directory'>): Promise<void> {
  const text = await readFile(pidPath(owner), 'utf8').catch(() => undefined);
  if (text === undefined) return;
  const remembered = parse(text);
  if (remembered && (await isSame(remembered))) await end(remembered);
  await forgetPid(owner);
}

async function end(remembered: Remembered): Promise<void> {
  const deadline = Date.now() + endTimeoutMs;
  let signal: NodeJS.Signals = 'SIGTERM';
  while (await isSame(remembered)) {
    if (Date.now() > deadline) signal = 'SIGKILL';
    sendIfThere(remembered.pid, signal);
    sendIfThere(remembered.pid, 'SIGCONT');
    await sleep(pollMs);
  }
}

function sendIfThere(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It ended between the look and the signal.
  }
}

/** Says whether that process, and not another with its pid, is alive. */
export async function isSame(remembered: Remembered): Promise<boolean> {
  const words = await commandLine(remembered.pid);
  const isSameCommand = words.slice(-remembered.command.length).join('\0') === remembered.command.join('\0');
  return isSameCommand && (await startTime(remembered.pid)) === remembered.startedAt;
}

/** Clock ticks since boot at which the process started: field 22 of its stat line, counted after the name in brackets. */
async function startTime(pid: number): Promise<string> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
}

function parse(text: string): Remembered | undefined {
  try {
    return JSON.parse(text) as Remembered;
  } catch {
    return undefined; // The run was killed while it wrote the note.
  }
}

function pidPath(owner: Pick<Owner, 'name' | 'directory'>): string {
  return `${owner.directory}/${owner.name}.pid`;
}
