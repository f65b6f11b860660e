/**
 * `npm run bench`: measures us and our peers side by side in one run, and prints a table. bench/README.md says how.
 *
 *   -- --only A1,B1     only these figures
 *   -- --json FILE      the table for machines
 *   -- --write          the table into docs/benchmarks.md
 *   -- --rounds N       how often each is measured, in turn (3)
 *   -- --quick          small sizes, one round: that everything runs, and no figure worth quoting
 */
import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { startStack, type Stack } from '../scripts/stack/stack.ts';
import { requireNode } from '../shared/shutdown.ts';
import { fanOut } from './a1-fan-out.ts';
import { bigRoom } from './a2-big-room.ts';
import { steadyRoom } from './a3-steady-room.ts';
import { idleMemory } from './a4-idle-memory.ts';
import { stalledViewers } from './a4-stalled-viewers.ts';
import { ingress } from './b1-ingress.ts';
import { verifyCost } from './b2-verify.ts';
import { enumeration } from './b3-enumeration.ts';
import { pipeline } from './c1-pipeline.ts';
import { donationPipeline } from './c1b-donation.ts';
import { overload } from './c2-overload.ts';
import { saveDrain } from './c3-save-drain.ts';
import { transfers } from './d1-transfers.ts';
import { commits } from './d2-commits.ts';
import { growth } from './g-growth.ts';
import { endChildren } from './support/children.ts';
import type { Bench, Figure } from './support/figure.ts';
import { closeNamespaces } from './support/namespace.ts';
import { describeRun, writeDocument } from './support/document.ts';
import { asJson, plainTable, remarks, type Result } from './support/table.ts';

/** The table of contents. */
const figures: readonly Figure[] = [
  fanOut,
  bigRoom,
  steadyRoom,
  idleMemory,
  stalledViewers,
  ingress,
  verifyCost,
  enumeration,
  pipeline,
  donationPipeline,
  overload,
  saveDrain,
  transfers,
  commits,
  growth,
];

/** Where no figure is worth quoting, two at a time: each starts and ends processes of its own, which is mostly waiting. */
const QUICK_LANES = 2;

requireNode();
const { values: options } = parseArgs({
  options: {
    only: { type: 'string' },
    json: { type: 'string' },
    rounds: { type: 'string' },
    write: { type: 'boolean', default: false },
    quick: { type: 'boolean', default: false },
  },
});
const chosen = choose(options.only);
const directory = resolve(import.meta.dirname, `../.stack/bench-${randomBytes(4).toString('hex')}`);
let starting: Promise<Stack> | undefined;
const bench: Bench = {
  quick: options.quick,
  rounds: options.quick ? 1 : Math.max(1, Number(options.rounds ?? 3) || 3),
  stack: () => (starting ??= startStack({ directory, log: progress })),
  log: progress,
};
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
  process.once(signal, () => void stopAll().finally(() => process.exit(1)));

let results: readonly Result[] = [];
try {
  results = await measureAll(chosen, options.quick ? QUICK_LANES : 1);
} finally {
  await stopAll();
}
const run = describeRun(bench, process.argv.slice(2));
console.log(`\n${plainTable(results)}\n\n${remarks(results).join('\n')}\n\n${run.join('\n')}`);
if (options.json) await writeFile(options.json, `${JSON.stringify({ run, figures: asJson(results) }, null, 2)}\n`);
if (options.write) await writeDocument(results, run);
process.exit(results.some(({ failure }) => failure !== null) ? 1 : 0);

function choose(only: string | undefined): readonly Figure[] {
  if (only === undefined) return figures;
  const ids = only.split(',').map((id) => id.trim().toUpperCase());
  const unknown = ids.find((id) => !figures.some((figure) => figure.id.toUpperCase() === id));
  if (unknown !== undefined)
    throw new Error(`there is no figure ${unknown}; there are ${figures.map(({ id }) => id).join(', ')}`);
  return figures.filter(({ id }) => ids.includes(id.toUpperCase()));
}

/** One figure after the other in each lane; the results in the order of the figures. */
async function measureAll(all: readonly Figure[], lanes: number): Promise<readonly Result[]> {
  const waiting = [...all];
  const done = new Map<Figure, Result>();
  const lane = async () => {
    for (let figure = waiting.shift(); figure; figure = waiting.shift()) done.set(figure, await measure(figure));
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  return all.flatMap((figure) => done.get(figure) ?? []);
}

/** A figure that fails is reported, and the others are still measured. */
async function measure(figure: Figure): Promise<Result> {
  progress(`${figure.id} ${figure.title}`);
  try {
    return { figure, outcome: await figure.run(bench), failure: null };
  } catch (error) {
    console.error(error);
    return { figure, outcome: null, failure: error instanceof Error ? error.message : String(error) };
  }
}

async function stopAll(): Promise<void> {
  await endChildren();
  await closeNamespaces().catch((error: unknown) => console.error(error));
  const stack = await starting?.catch(() => undefined);
  await stack?.stop({ discard: true });
}

function progress(line: string): void {
  console.log(`${new Date().toISOString().slice(11, 19)} ${line}`);
}
