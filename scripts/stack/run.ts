import { spawn, type SpawnOptions } from 'node:child_process';
import { once } from 'node:events';
import { delimiter } from 'node:path';

/** The search path with the folders of system programs, which an ordinary account's own may lack. */
export const searchPath = [process.env.PATH ?? '', '/usr/sbin', '/sbin'].join(delimiter);

/** Runs a command and resolves to what it printed. Throws with the last 20 lines of its output when it fails. */
export async function run([command = '', ...args]: string[], options: SpawnOptions = {}): Promise<string> {
  const env = { ...process.env, PATH: searchPath, ...options.env };
  const child = spawn(command, args, { ...options, env, stdio: ['ignore', 'pipe', 'pipe'] });
  const output: Buffer[] = [];
  child.stdout?.on('data', (chunk: Buffer) => output.push(chunk));
  child.stderr?.on('data', (chunk: Buffer) => output.push(chunk));
  const [code] = await once(child, 'close');
  const text = Buffer.concat(output).toString();
  if (code === 0) return text;
  const end = text.trimEnd().split('\n').slice(-20).join('\n');
  throw new Error(`${[command, ...args].join(' ')} failed (${code})\n${end}`);
}

/** Runs one step and says in one line how long it took. */
export async function timed<T>(step: string, log: (line: string) => void, work: () => Promise<T>): Promise<T> {
  const from = performance.now();
  const result = await work();
  log(`${step} (${((performance.now() - from) / 1000).toFixed(1)} s)`);
  return result;
}
