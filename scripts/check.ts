import { spawn } from 'node:child_process';

/**
 * `npm run check`: everything that can be said of the sources without running them. All checks run, two at a time;
 * what failed is printed whole at the end, and the exit code is 1.
 */
const CHECKS: readonly (readonly [name: string, ...command: string[]])[] = [
  ['types', 'tsc', '--noEmit', '-p', 'tsconfig.json'],
  ['lint', 'eslint', '.', '--max-warnings', '0'],
  ['types of the pages', 'tsc', '--noEmit', '-p', 'web/tsconfig.json'],
  ['import boundaries', 'depcruise', 'ingress', 'services', 'workers', 'ws-gateway', 'shared', 'web', 'migrations'],
  ['dead code', 'knip'],
  ['format', 'prettier', '--check', '.', '--log-level', 'warn'],
];
const PARALLEL = 2;

interface Result {
  readonly name: string;
  readonly passed: boolean;
  readonly output: string;
}

function run([name, command = '', ...parameters]: (typeof CHECKS)[number]): Promise<Result> {
  const started = Date.now();
  return new Promise((resolve) => {
    const child = spawn(command, parameters, { stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    const collect = (chunk: Buffer) => (output += chunk.toString());
    child.stdout.on('data', collect);
    child.stderr.on('data', collect);
    const end = (passed: boolean) => {
      console.log(`${passed ? 'ok    ' : 'FAILED'} ${name} (${((Date.now() - started) / 1000).toFixed(1)} s)`);
      resolve({ name, passed, output });
    };
    child.on('error', (error) => ((output += error.message), end(false)));
    child.on('close', (code) => end(code === 0));
  });
}

const queue = [...CHECKS];
const results: Result[] = [];
await Promise.all(
  Array.from({ length: PARALLEL }, async () => {
    for (let next = queue.shift(); next; next = queue.shift()) results.push(await run(next));
  }),
);
const failed = results.filter((result) => !result.passed);
for (const { name, output } of failed) console.error(`\n--- ${name}\n${output.trim()}`);
process.exitCode = failed.length === 0 ? 0 : 1;
