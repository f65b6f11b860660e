import { spawnSync } from 'node:child_process';
import { expect, test } from '@jest/globals';

function run(command: string, words: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [`${import.meta.dirname}/${command}.ts`, ...words], {
    encoding: 'utf8',
    env: { NODE_OPTIONS: '--disable-warning=ExperimentalWarning' },
  });
  return { status, stdout, stderr };
}

test.each(['addresses', 'dead-letters', 'proof', 'rebuild', 'status', 'token'])(
  '%s says on --help how it is used, and nothing else',
  (command) => {
    const { status, stdout, stderr } = run(command, ['--help']);
    expect([status, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(new RegExp(`^usage: npm run ${command}\\b`));
  },
);

test.each([
  ['addresses', '--bogus', 2],
  ['status', '--json', 2],
  ['proof', '--bogus', 3],
  ['rebuild', '--bogus', 3],
])('%s refuses %s with its usage and exit code %d', (command, word, code) => {
  const { status, stdout, stderr } = run(command, [word]);
  expect([status, stdout]).toEqual([code, '']);
  expect(stderr).toContain(word);
  expect(stderr).toContain(`usage: npm run ${command}`);
});
