import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { open, readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { endLeftover, forgetPid, rememberPid } from './leftovers.ts';
import { isListeningOn } from './ports.ts';
import { searchPath } from './run.ts';

const pollMs = 25;
const stopTimeoutMs = 15_000;

/** How one local server is run. */
export interface Recipe {
  name: string;
  command: string;
  args: string[];
  port: number;
  /** Holds the server's pid file and log. */
  directory: string;
  readyTimeoutMs: number;
  /** Asks the server something that it answers only when it can work; may throw. */
  isAnswering: () => Promise<boolean>;
}

/** One server of the stack, which the fault tests can kill and start again on the same port and data. */
export interface Part {
  /** 0 while it does not run. */
  readonly pid: number;
  /** Sends the signal; after SIGKILL, SIGTERM or SIGINT it resolves once the process has gone. */
  kill(signal: NodeJS.Signals): Promise<void>;
  /** Starts it and resolves once it answers. Throws with the end of its log when it does not. */
  start(): Promise<void>;
  /** From now on, whenever it ends without having been stopped, says so and starts it again. */
  keepUp(log: (line: string) => void): void;
  /** Ends it in its own orderly way, by force after 15 s. */
  stop(): Promise<void>;
}

/** Makes a part of a recipe; nothing runs before `start`. */
export function createServerPart(recipe: Recipe): Part {
  let child: ChildProcess | undefined;
  let isStopped = false;
  const isRunning = () => child !== undefined && child.exitCode === null && child.signalCode === null;
  const kill = async (signal: NodeJS.Signals) => {
    if (!child || !isRunning()) return;
    const exited = once(child, 'exit');
    child.kill(signal);
    if (['SIGKILL', 'SIGTERM', 'SIGINT'].includes(signal)) await exited;
  };
  const start = async () => {
    if (isRunning()) return;
    await endLeftover(recipe);
    child = await spawnServer(recipe);
    await waitUntilReady(recipe, child);
  };
  return {
    get pid() {
      return isRunning() ? (child?.pid ?? 0) : 0;
    },
    kill,
    start,
    keepUp(log) {
      child?.once('exit', (code, signal) => {
        if (!isStopped)
          void startAgain(recipe, signal ?? `exit code ${code}`, () => isStopped, start, log).then(() =>
            this.keepUp(log),
          );
      });
    },
    async stop() {
      isStopped = true;
      if (child && isRunning()) await endChild(child);
      await forgetPid(recipe);
    },
  };
}

const againPauseMs = 2_000;

/** Tries until it runs, or is not wanted any more. */
async function startAgain(
  { name }: Recipe,
  how: string,
  isStopped: () => boolean,
  start: () => Promise<void>,
  log: (line: string) => void,
): Promise<void> {
  log(`${name} ended unexpectedly (${how}); it is started again`);
  while (!isStopped()) {
    try {
      await start();
      log(`${name} is back`);
      return;
    } catch (error) {
      if (isStopped()) return;
      log(`${name} does not start: ${error instanceof Error ? error.message : String(error)}`);
      await sleep(againPauseMs);
    }
  }
}

async function spawnServer(recipe: Recipe): Promise<ChildProcess> {
  const log = await open(logPath(recipe), 'a');
  // In a session of its own, so that a terminal's Ctrl-C reaches only whoever stops us in order;
  // and with a signal at its parent's death, so that even a SIGKILL of that parent leaves nothing running.
  const child = spawn('setpriv', ['--pdeathsig', 'TERM', '--', recipe.command, ...recipe.args], {
    detached: true,
    stdio: ['ignore', log.fd, log.fd],
    env: { ...process.env, PATH: searchPath },
  });
  try {
    await once(child, 'spawn');
    await rememberPid(recipe, child.pid ?? 0);
  } finally {
    await log.close();
  }
  return child;
}

async function waitUntilReady(recipe: Recipe, child: ChildProcess): Promise<void> {
  const deadline = Date.now() + recipe.readyTimeoutMs;
  while (Date.now() < deadline) {
    if (child.exitCode !== null || child.signalCode !== null) {
      throw new Error(`${recipe.name} ended at once (${child.exitCode ?? child.signalCode})\n${await logEnd(recipe)}`);
    }
    const isOurs = await isListeningOn(child.pid ?? 0, recipe.port);
    if (isOurs && (await recipe.isAnswering().catch(() => false))) return;
    await sleep(pollMs);
  }
  await endChild(child);
  const waited = `${recipe.readyTimeoutMs / 1000} s`;
  throw new Error(`${recipe.name} did not answer on port ${recipe.port} within ${waited}\n${await logEnd(recipe)}`);
}

async function endChild(child: ChildProcess): Promise<void> {
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  child.kill('SIGCONT'); // a process that a test had suspended hears SIGTERM only now
  const force = setTimeout(() => child.kill('SIGKILL'), stopTimeoutMs);
  await exited;
  clearTimeout(force);
}

function logPath(recipe: Recipe): string {
  return `${recipe.directory}/${recipe.name}.log`;
}

async function logEnd(recipe: Recipe): Promise<string> {
  const text = await readFile(logPath(recipe), 'utf8').catch(() => '');
  return [`--- end of ${logPath(recipe)}`, ...text.trimEnd().split('\n').slice(-20)].join('\n');
}
