import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { afterEach, expect, test } from '@jest/globals';

/** A process as ours are: it starts for a while, then listens for its end, and would live for ever. */
const PROGRAM = `
  const { onShutdown } = await import('./shared/shutdown.ts');
  const log = { info() {}, warn() {}, error() {} };
  process.on('exit', () => { for (;;); }); // as Node's own exit sometimes does
  setInterval(() => undefined, 1000);
  process.send('starting');
  const startedMs = Number(process.argv[1]);
  setTimeout(() => {
    onShutdown(log, async () => undefined);
    process.connected && process.send('started');
  }, startedMs);
`;

let child: ChildProcess;
afterEach(() => void child.kill('SIGKILL'));

function start(startsForMs: number) {
  return fork('--input-type=module', ['--eval', PROGRAM, String(startsForMs)], {
    cwd: new URL('..', import.meta.url).pathname,
    execArgv: ['--disable-warning=ExperimentalWarning'],
  });
}

test.each([
  ['while it starts', 'starting', 300],
  ['once it runs', 'started', 0],
])('a process whose supervisor dies %s ends by itself', async (_when, word, startsForMs) => {
  child = start(startsForMs);
  for (let said = ''; said !== word;) [said] = (await once(child, 'message')) as [string];
  const exited = once(child, 'exit');
  child.disconnect();
  expect(await exited).toEqual([null, 'SIGKILL']);
});
