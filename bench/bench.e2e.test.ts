import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { expect, test } from '@jest/globals';

interface Written {
  readonly figures: readonly {
    readonly id: string;
    readonly failure: string | null;
    readonly measures: readonly {
      readonly what: string;
      readonly values: readonly number[];
      readonly peers: readonly { readonly name: string; readonly values: readonly number[]; readonly ratio: number }[];
    }[];
  }[];
}

const root = resolve(import.meta.dirname, '..');

/** All but A2 and C1, which are measured by the code of A1 and C1B. */
const FIGURES = ['A1', 'A3', 'A4', 'A4b', 'B1', 'B2', 'B3', 'C1B', 'C2', 'C3', 'D1', 'D2', 'G'];

/** Nothing here says how fast anything is: only that each figure is still measured. */
test('every figure of the benchmarks comes out as a number, for us and for each peer that is there', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'rostra-bench-'));
  const file = join(folder, 'figures.json');
  try {
    const flags = ['--disable-warning=TimeoutNegativeWarning', '--disable-warning=ExperimentalWarning'];
    const child = spawn(
      process.execPath,
      [...flags, `${root}/bench/main.ts`, '--quick', '--only', FIGURES.join(), '--json', file],
      { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] },
    );
    const bounds = [setTimeout(() => child.kill('SIGTERM'), 480_000), setTimeout(() => child.kill('SIGKILL'), 510_000)];
    let said = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (said += chunk.toString()));
    const [code] = (await once(child, 'exit')) as [number | null];
    for (const bound of bounds) clearTimeout(bound);
    if (code !== 0) throw new Error(`the bench ended with ${code}:\n${said.slice(-4_000)}`);
    const { figures } = JSON.parse(await readFile(file, 'utf8')) as Written;
    expect(figures.map(({ id }) => id)).toEqual(FIGURES);
    for (const { failure, measures } of figures) {
      expect(failure).toBeNull();
      expect(measures.length).toBeGreaterThan(0);
      for (const { values, peers } of measures) {
        for (const numbers of [values, ...peers.map((peer) => peer.values)]) {
          expect(numbers.length).toBeGreaterThan(0);
          expect(numbers.every(Number.isFinite)).toBe(true);
        }
      }
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}, 540_000);
