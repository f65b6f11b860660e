import { type ChildProcess, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';

const root = resolve(import.meta.dirname, '../..');
const readyTimeoutMs = 20_000;
const endTimeoutMs = 5_000;
const quiet = ['--disable-warning=ExperimentalWarning', '--disable-warning=TimeoutNegativeWarning'];

const living = new Set<ChildProcess>();

/** A process of the bench; it ends by itself when the bench has gone, since its stdin or IPC channel closes then. */
export interface Child {
  readonly pid: number;
  stop(): Promise<void>;
}

export interface ChildProgram {
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
}

/** Starts a server that prints "ready" once it serves. @throws with what it wrote when it ends or is not ready in 20 s */
export async function startServer({ command, args, env }: ChildProgram): Promise<Child> {
  const child = spawn(command, [...args], { cwd: root, env: { ...process.env, ...env }, stdio: 'pipe' });
  const lines: string[] = [];
  const ready = new Promise<void>((done, fail) => {
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream }).on('line', (line) => (line === 'ready' ? done() : lines.push(line)));
    }
    child.once('error', fail);
    child.once('exit', () => fail(new Error(`${command} ended before it was ready: ${lines.slice(-5).join(' ')}`)));
    setTimeout(() => fail(new Error(`${command} was not ready: ${lines.slice(-5).join(' ')}`)), readyTimeoutMs).unref();
  });
  living.add(child);
  try {
    await ready;
  } catch (error) {
    await end(child);
    throw error;
  }
  return { pid: child.pid ?? 0, stop: () => end(child) };
}

/** A peer or load generator of ours, run by the Node that runs the bench. */
export function nodeProgram(file: string, args: readonly string[] = []): ChildProgram {
  return { command: process.execPath, args: [...quiet, `${root}/bench/${file}`, ...args] };
}

/** A load generator: told what to do by messages, answers by messages. */
export interface Generator<Told, Answered> extends Child {
  tell(message: Told): void;
  /** Called for every message; the last listener set counts. */
  onAnswer(listener: (message: Answered) => void): void;
  /** Resolves with the first message that fits. @throws when the process ends first */
  next(fits: (message: Answered) => boolean): Promise<Answered>;
}

export function startGenerator<Told extends object, Answered>(file: string): Generator<Told, Answered> {
  const child = fork(`${root}/bench/${file}`, {
    cwd: root,
    execArgv: quiet,
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  living.add(child);
  let listener: (message: Answered) => void = () => undefined;
  child.on('message', (message) => listener(message as Answered));
  return {
    pid: child.pid ?? 0,
    tell: (message) => void child.send(message),
    onAnswer: (next) => {
      listener = next;
    },
    next: (fits) =>
      new Promise((done, fail) => {
        const onMessage = (message: unknown) => {
          if (!fits(message as Answered)) return;
          child.off('message', onMessage);
          child.off('exit', onExit);
          done(message as Answered);
        };
        const onExit = () => fail(new Error(`${file} ended unexpectedly`));
        child.on('message', onMessage);
        child.once('exit', onExit);
      }),
    stop: () => end(child),
  };
}

/** Ends whatever is left of all that was started here. */
export async function endChildren(): Promise<void> {
  await Promise.all([...living].map(end));
}

async function end(child: ChildProcess): Promise<void> {
  living.delete(child);
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  const force = setTimeout(() => child.kill('SIGKILL'), endTimeoutMs);
  await exited;
  clearTimeout(force);
}
