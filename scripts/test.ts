/**
 * `npm test`: the checks of the sources, then all tests on a stack of their own, of which nothing is left. Words after
 * `--` are patterns: then only the tests run whose path matches one. The last line counts.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { delimiter, resolve } from 'node:path';
import { requireNode } from '../shared/shutdown.ts';
import { onEnd } from './endings.ts';
import { startStack, type Stack } from './stack/stack.ts';
import { type Count, type Kind, kinds, startJest } from './test-run/jest-run.ts';
import { endProcessesOf, removeAbandonedStacks } from './test-run/leftovers.ts';
import { runVariable } from './test-run/mark.ts';

const root = resolve(import.meta.dirname, '..');

requireNode();
const patterns = process.argv.slice(2);
const runId = randomBytes(6).toString('hex');
const directory = `${root}/.stack/test-${runId}`;
const path = `${root}/node_modules/.bin${delimiter}${process.env.PATH ?? ''}`;
process.env[runVariable] = runId; // and so every process that this one starts has it

let running: ChildProcess | undefined;
let stack: Stack | undefined;
let isStopped = false;
onEnd(() => {
  isStopped = true;
  running?.kill('SIGTERM');
});

const total: Count = { passed: 0, failed: 0 };
try {
  if (patterns.length === 0) total.failed += await runCheck();
  await removeAbandonedStacks(`${root}/.stack`);
  if (!isStopped) stack = await startStack({ directory, log: console.log });
  for (const kind of kinds) if (!isStopped && stack) add(await runJest(kind, stack));
} catch (error) {
  console.error(error);
  total.failed += 1;
} finally {
  await stack?.stop({ discard: true });
}
total.failed += await countLeftProcesses();
await removeAbandonedStacks(`${root}/.stack`); // those of tests that start one themselves and were stopped
if (isStopped) console.log('stopped by a signal before the end');
console.log(`${total.passed} passed, ${total.failed} failed`);
process.exit(total.failed === 0 && !isStopped ? 0 : 1);

async function runCheck(): Promise<number> {
  running = spawn(process.execPath, [`${root}/scripts/check.ts`], {
    cwd: root,
    env: { ...process.env, PATH: path },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  const [code] = await once(running, 'exit');
  return code === 0 ? 0 : 1;
}

async function runJest(kind: Kind, { env }: Stack): Promise<Count> {
  const { child, done } = startJest({
    kind,
    patterns,
    env: { ...process.env, ...env, PATH: path },
    resultFile: `${directory}/${kind}.json`,
  });
  running = child;
  return done;
}

function add(count: Count): void {
  total.passed += count.passed;
  total.failed += count.failed;
}

async function countLeftProcesses(): Promise<number> {
  const left = await endProcessesOf(runId);
  for (const process of left) console.error(`left behind by the tests, and killed now: ${process}`);
  return left.length;
}
