import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';

const root = resolve(import.meta.dirname, '../..');
const ignored = ['/node_modules/', '/\\.stack/'];

/** How many tests passed and failed; a file that could not run counts as one that failed. */
export interface Count {
  passed: number;
  failed: number;
}

/**
 * - unit: the unit and integration tests, two files at a time
 * - systems: whole products, two files at a time: most of what they do is waiting
 * - loads: whole products under load, one after another, since each wants the machine for itself
 */
export const kinds = ['unit', 'systems', 'loads'] as const;
export type Kind = (typeof kinds)[number];

/** The files of the last kind, by how their names begin. */
const LOADS = ['bench', 'chaos', 'accounts-killed'];

export interface JestRun {
  kind: Kind;
  /** Only files whose path matches one of these; all unless given. */
  patterns: readonly string[];
  env: NodeJS.ProcessEnv;
  /** Where jest writes its results. */
  resultFile: string;
}

const ignoring = (...more: string[]) => ['--testPathIgnorePatterns', ...ignored, ...more];

const selections: Readonly<Record<Kind, readonly string[]>> = {
  unit: ['--maxWorkers=2', ...ignoring('\\.e2e\\.test\\.ts$')],
  systems: [
    '--maxWorkers=2',
    '--testMatch',
    '**/*.e2e.test.ts',
    ...ignoring(`/(${LOADS.join('|')})\\.e2e\\.test\\.ts$`),
  ],
  loads: ['--runInBand', '--testMatch', `**/{${LOADS.join(',')}}.e2e.test.ts`],
};

/** Starts jest; `done` resolves to the count. Throws nothing for failed tests. */
export function startJest(run: JestRun): { child: ChildProcess; done: Promise<Count> } {
  const child = spawn(
    process.execPath,
    [
      ...['--experimental-vm-modules', '--disable-warning=ExperimentalWarning'],
      ...['--disable-warning=TimeoutNegativeWarning', `${root}/node_modules/jest/bin/jest.js`],
      ...[...selections[run.kind], '--passWithNoTests', '--json', `--outputFile=${run.resultFile}`],
      ...(run.patterns.length > 0 ? ['--testPathPatterns', ...run.patterns] : []),
    ],
    { cwd: root, env: run.env, stdio: ['ignore', 'ignore', 'inherit'] }, // the report is on stderr, the JSON on stdout
  );
  return { child, done: countOf(child, run) };
}

interface JestResults {
  numPassedTests: number;
  numFailedTests: number;
  numRuntimeErrorTestSuites: number;
  success: boolean;
}

/** Once jest has written its results, only what a test has left open can keep it alive. */
const END_MS = 60_000;
const LOOK_MS = 1_000;

async function countOf(child: ChildProcess, { resultFile }: JestRun): Promise<Count> {
  let bound: NodeJS.Timeout | undefined;
  const looking = setInterval(() => {
    if (existsSync(resultFile)) bound ??= setTimeout(() => child.kill('SIGKILL'), END_MS);
  }, LOOK_MS);
  const [code] = await once(child, 'exit');
  clearInterval(looking);
  clearTimeout(bound);
  if (!existsSync(resultFile)) return { passed: 0, failed: code === 0 ? 0 : 1 };
  const results = JSON.parse(await readFile(resultFile, 'utf8')) as JestResults;
  const failed = results.numFailedTests + results.numRuntimeErrorTestSuites;
  return { passed: results.numPassedTests, failed: failed === 0 && code !== 0 ? 1 : failed };
}
