import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { EXIT_ENVIRONMENT } from '../../shared/environment.ts';
import { isMemberMessage, MEMBER_IDS_VARIABLE } from '../../shared/member-ids.ts';
import { runMark } from '../test-run/mark.ts';
import { withMore } from './environment.ts';

const shortestPauseMs = 100;
const longestPauseMs = 5_000;
/** A process that lived this long failed for a reason of its own: its next pause is a short one again. */
const steadyMs = 30_000;
const stopTimeoutMs = 20_000;

/** A process of the fleet. */
export interface FleetProcess {
  readonly name: string;
  /** 0 for the first of its name. */
  readonly instance: number;
  /** 0 while it does not run. */
  readonly pid: number;
  /** Where it serves (HTTP, sockets or gRPC); 0 for a process that serves nothing but its metrics. */
  readonly port: number;
  readonly metricsPort: number;
  /** Exits that nobody asked for, so far. */
  readonly crashes: number;
  /** It ended because its environment cannot be right, and is not started again by itself. */
  readonly isMisconfigured: boolean;
  /** Sends the signal; after SIGKILL, SIGTERM or SIGINT it resolves once the process has gone. */
  kill(signal: NodeJS.Signals): Promise<void>;
  /** Starts it again on the same ports, if it does not run. @param more variables for this one run; NODE_OPTIONS are added */
  start(more?: NodeJS.ProcessEnv): void;
  /** Ends it and leaves it ended: SIGTERM, and SIGKILL after 20 s. */
  stop(): Promise<void>;
}

/** How one process is run. */
export interface ProcessRecipe {
  name: string;
  instance: number;
  port: number;
  metricsPort: number;
  command: string[];
  directory: string;
  env: NodeJS.ProcessEnv;
  /** Whether it is started again after an exit that nobody asked for, after 0.1 s at first and 5 s at most. */
  restart: boolean;
  /** Gets each line that the process writes. */
  onLine: (line: string) => void;
  /** Gets what the supervisor itself has to say. */
  log: (line: string) => void;
  /** Called after each start and each end. */
  changed: () => void;
}

/** Makes a supervised process; nothing runs before `start`. */
export function createProcess(recipe: ProcessRecipe): FleetProcess {
  let child: ChildProcess | undefined;
  let isWanted = false;
  let crashes = 0;
  let pauseMs = shortestPauseMs;
  let timer: NodeJS.Timeout | undefined;
  /** As which member of each consumer group it runs, or died. */
  const memberIds = new Map<string, string>();

  const start = (more: NodeJS.ProcessEnv = {}) => {
    clearTimeout(timer);
    isWanted = true;
    if (isRunning(child)) return;
    const startedAt = Date.now();
    const inherits = { [MEMBER_IDS_VARIABLE]: JSON.stringify(Object.fromEntries(memberIds)) };
    const current = spawnProcess({ ...recipe, env: withMore({ ...recipe.env, ...inherits }, more) });
    child = current;
    recipe.changed();
    current.on('message', (message) => {
      if (child !== current || !isMemberMessage(message)) return;
      const { group, id } = message.member;
      if (id === null) memberIds.delete(group);
      else memberIds.set(group, id);
    });
    current.once('exit', (code, signal) => {
      if (isWanted) crashes += 1;
      recipe.changed();
      if (!isWanted) return;
      const restart = recipe.restart && code !== EXIT_ENVIRONMENT;
      pauseMs = Date.now() - startedAt > steadyMs ? shortestPauseMs : pauseMs;
      const next = restart ? `; it is started again in ${pauseMs / 1000} s` : '';
      recipe.log(`ended unexpectedly (${signal ?? `exit code ${code}`})${next}`);
      if (restart) timer = setTimeout(() => start(), pauseMs);
      pauseMs = Math.min(pauseMs * 2, longestPauseMs);
    });
  };
  return {
    ...{ name: recipe.name, instance: recipe.instance, port: recipe.port, metricsPort: recipe.metricsPort },
    get pid() {
      return isRunning(child) ? (child?.pid ?? 0) : 0;
    },
    get crashes() {
      return crashes;
    },
    get isMisconfigured() {
      return child?.exitCode === EXIT_ENVIRONMENT;
    },
    async kill(signal) {
      if (!child || !isRunning(child)) return;
      const exited = once(child, 'exit');
      child.kill(signal);
      if (['SIGKILL', 'SIGTERM', 'SIGINT'].includes(signal)) await exited;
    },
    start,
    async stop() {
      isWanted = false;
      clearTimeout(timer);
      if (child && isRunning(child)) await end(child, recipe.log);
    },
  };
}

/**
 * In a session of its own, so that a terminal's Ctrl-C reaches the supervisor alone, which stops everything in order;
 * and with an IPC channel, whose end tells it that the supervisor died (shared/shutdown.ts).
 */
function spawnProcess(recipe: ProcessRecipe): ChildProcess {
  const [program = '', ...args] = recipe.command;
  const child = spawn(program === 'node' ? process.execPath : program, args, {
    cwd: recipe.directory,
    env: { ...runMark(), ...recipe.env },
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  child.on('error', (error) => recipe.log(`could not be started or told: ${error.message}`));
  for (const stream of [child.stdout, child.stderr]) {
    if (stream) createInterface({ input: stream as Readable }).on('line', recipe.onLine);
  }
  return child;
}

function isRunning(child: ChildProcess | undefined): boolean {
  return child?.pid !== undefined && child.exitCode === null && child.signalCode === null;
}

async function end(child: ChildProcess, log: (line: string) => void): Promise<void> {
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  child.kill('SIGCONT'); // a process that a test had suspended hears SIGTERM only now
  const force = setTimeout(() => {
    log(`did not end within ${stopTimeoutMs / 1000} s of SIGTERM, and is killed`);
    child.kill('SIGKILL');
  }, stopTimeoutMs);
  await exited;
  clearTimeout(force);
}
