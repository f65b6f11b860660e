import { readFile, rm } from 'node:fs/promises';
import { renameSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { FleetProcess } from '../fleet.ts';
import { isSame, thisProcess, type Remembered } from '../stack/leftovers.ts';
import type { DemoRoom } from './demo-room.ts';

/** Where `npm start` keeps its data, and the note of what it runs. */
export const devDirectory = resolve(import.meta.dirname, '../../.stack/dev');

/** What a running `npm start` tells the other commands: running.json of its directory, which only its account may read. */
export interface Running {
  /** ISO 8601. */
  readonly since: string;
  readonly port: number;
  readonly wsPort: number;
  /** The product's variables as its processes have them: servers, contexts' databases and addresses, keys of tokens. */
  readonly variables: Readonly<Record<string, string>>;
  readonly processes: readonly RunningProcess[];
  /** The room to open, or why there is none; null until everything is ready. */
  readonly demo: DemoRoom | string | null;
}

export type RunningProcess = Pick<
  FleetProcess,
  'name' | 'instance' | 'pid' | 'port' | 'metricsPort' | 'crashes' | 'isMisconfigured'
>;

/** The note and its author, by which a note that a killed run left behind is known. */
interface Note extends Running {
  readonly author: Remembered;
}

const productVariable =
  /^(KAFKA_BROKERS|REDIS_URL|NAMESPACE|CURRENCY|PORT|WS_PORT|JWT_(SECRET|ISSUER|AUDIENCE)|DATABASE_(REPLICA_)?URL_[A-Z]+|[A-Z]+_ADDRESS)$/;

/** The variables that a note keeps, secrets among them; the admin's database is none of them. */
export function productVariables(env: NodeJS.ProcessEnv): Record<string, string> {
  return Object.fromEntries(
    Object.entries(env).flatMap(([name, value]) => (value && productVariable.test(name) ? [[name, value]] : [])),
  );
}

/** What a note says of a process, as it is now. */
export function describeProcess(process: FleetProcess): RunningProcess {
  const { name, instance, pid, port, metricsPort, crashes, isMisconfigured } = process;
  return { name, instance, pid, port, metricsPort, crashes, isMisconfigured };
}

/** Opens the note: `write` replaces it as a whole, and after `close` it is gone and stays so. */
export async function openNote(
  directory = devDirectory,
): Promise<{ write(running: Running): void; close(): Promise<void> }> {
  const author = await thisProcess();
  const path = notePath(directory);
  let isClosed = false;
  return {
    write(running) {
      if (isClosed) return;
      // Another command may read at any time: it finds the note before or the one after, never half of one.
      writeFileSync(`${path}.new`, JSON.stringify({ author, ...running } satisfies Note, null, 2), { mode: 0o600 });
      renameSync(`${path}.new`, path);
    },
    async close() {
      isClosed = true;
      await rm(path, { force: true });
    },
  };
}

/** What `npm start` runs now; null where it does not run. */
export async function readRunning(directory = devDirectory): Promise<Running | null> {
  const note = parse(await readFile(notePath(directory), 'utf8').catch(() => ''));
  if (!note || !(await isSame(note.author))) return null;
  const { author: _author, ...running } = note;
  return running;
}

/**
 * The variables for a command: those that are set, and where `decisive` is not among them, those of the running
 * `npm start` beneath. Null where neither says it.
 */
export async function variablesFor(
  decisive: string,
  given: NodeJS.ProcessEnv,
  directory = devDirectory,
): Promise<NodeJS.ProcessEnv | null> {
  if (given[decisive]) return given;
  const running = await readRunning(directory);
  if (running?.variables[decisive] === undefined) return null;
  return { ...running.variables, ...Object.fromEntries(Object.entries(given).filter(([, value]) => value)) };
}

function parse(text: string): Note | null {
  try {
    return JSON.parse(text) as Note;
  } catch {
    return null;
  }
}

function notePath(directory: string): string {
  return `${directory}/running.json`;
}
