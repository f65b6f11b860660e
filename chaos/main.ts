/**
 * `npm run chaos`: the fault suite. Starts the whole product with three of each worker and two gateways on servers of its
 * own, drives a seeded load through the faults named, and checks I1–I12 after each.
 */
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { onEnd } from '../scripts/endings.ts';
import { answerHelp } from '../scripts/usage.ts';
import { requireNode } from '../shared/shutdown.ts';
import { controls } from './controls.ts';
import type { Fault } from './fault.ts';
import { faults } from './faults.ts';
import { run } from './run.ts';
import { runControls } from './run-controls.ts';
import { startGround } from './stand.ts';
import { summary } from './summary.ts';
import { takeTurn } from './turn.ts';

requireNode();
const USAGE = `npm run chaos -- [options]
  --fault <name or row>,… or all  what is injected, one after the other (default: storm)
  --list                          the faults by row and name
  --minutes n                     how long a fault without an end of its own goes on (default: 2)
  --every n                       seconds between the blows of a storm, about (default: 3)
  --seed n                        the same requests and faults in the same order (default: by the clock)
  --rate n                        requests a second, all kinds together (default: 120)
  --donations n                   how many in a hundred of them are donations, 95 at most (default: 68)
  --rooms n                       rooms, with four viewers each (default: 8)
  --controls, --control <name>    builds with the usual mistakes: each must be caught
Exits 0 where all holds, 1 on a violation, 2 for words that it does not know.
`;
answerHelp(USAGE);
const values = readArguments();
const root = resolve(import.meta.dirname, '..');
if (values.list) {
  for (const { row, name, title, seconds } of faults)
    console.log(`${row.padEnd(6)} ${name.padEnd(24)} ${title} (${seconds} s)`);
  process.exit(0);
}
const chosen = chooseFaults(values.fault);
const [seed, rooms] = [readNumber('seed', true), readNumber('rooms', true)];
const [minutes, rate, every] = [readNumber('minutes'), readNumber('rate'), readNumber('every')];
const donations = readNumber('donations');
if (donations > 95) fail('--donations takes 95 at most: without deposits nobody could give');
const say = (line: string) => console.log(line);
const ending = new AbortController();
onEnd(() => {
  say('stopping …');
  ending.abort();
});
const endTurn = await takeTurn(`${root}/.stack/chaos-turn`, ending.signal, say);
if (!ending.signal.aborted) await sweep(`${root}/.stack`);

if (values.controls || values.control !== undefined) {
  const chosenControls = controls.filter(({ name }) => values.controls || name === values.control);
  if (chosenControls.length === 0)
    fail(`there is no control ${values.control}: ${controls.map(({ name }) => name).join(', ')}`);
  const findings = await runControls({
    ...{
      controls: chosenControls,
      directory: `${root}/.stack/controls-${process.pid}`,
      seed,
      signal: ending.signal,
      say,
    },
  });
  await endTurn();
  process.exit(findings.length === chosenControls.length && findings.every(({ isCaught }) => isCaught) ? 0 : 1);
}
const directory = `${root}/.stack/chaos-${process.pid}`;
const reports = `${root}/.stack/chaos-reports`;
await mkdir(reports, { recursive: true });
const needsCluster = ({ needs }: Fault) => needs.includes('cluster');
const grounds = [chosen.filter((fault) => !needsCluster(fault)), chosen.filter(needsCluster)];
let violated = false;
for (const [at, rows] of grounds.entries()) {
  if (rows.length > 0 && !ending.signal.aborted && !(await hold(rows, at === 0 ? '' : '-cluster'))) violated = true;
}
await endTurn();
process.exit(violated || ending.signal.aborted ? 1 : 0);

/** Injects the faults on a ground of their own. @returns whether all held */
async function hold(rows: readonly Fault[], suffix: string): Promise<boolean> {
  const startedAt = performance.now();
  const ground = await startGround({
    ...{ directory: `${directory}${suffix}`, sources: null, workersPerGroup: 3, env: {}, say },
    isProxied: rows.some(({ needs }) => needs.includes('proxy')),
    isCluster: rows.some(needsCluster),
  });
  if (ending.signal.aborted) {
    await ground.stop();
    return false;
  }
  say(`seed ${seed}, started in ${Math.round((performance.now() - startedAt) / 1_000)} s`);
  try {
    const historyFile = `${reports}/history-${seed}${suffix}.jsonl`;
    const result = await run(ground, {
      faults: rows,
      load: {
        ...{ seed, rooms, donors: 40, viewersPerRoom: 4, perSecond: rate, startBalance: 20_000n },
        historyFile,
        donationPercent: donations,
      },
      ms: minutes * 60_000,
      everyMs: every * 1_000,
      stopsAtViolation: false,
      signal: ending.signal,
      say,
    });
    const text = summary({ seed, rate, result });
    await writeFile(`${reports}/summary-${seed}${suffix}.md`, text);
    say(text);
    return result.grown.length === 0 && result.outcomes.every(({ violations }) => violations.length === 0);
  } catch (error) {
    if (!ending.signal.aborted) throw error;
    say('stopped before the end');
    return false;
  } finally {
    await ground.stop();
  }
}

function readArguments() {
  try {
    return parseArgs({
      options: {
        fault: { type: 'string', default: 'storm' },
        seed: { type: 'string', default: String(1 + (Date.now() % 1_000_000)) },
        minutes: { type: 'string', default: '2' },
        rate: { type: 'string', default: '120' },
        rooms: { type: 'string', default: '8' },
        donations: { type: 'string', default: '68' },
        every: { type: 'string', default: '3' },
        controls: { type: 'boolean', default: false },
        control: { type: 'string' },
        list: { type: 'boolean', default: false },
      },
    }).values;
  } catch (error) {
    return fail(`${error instanceof Error ? error.message : String(error)}\n\n${USAGE}`);
  }
}

function readNumber(name: 'seed' | 'minutes' | 'rate' | 'rooms' | 'donations' | 'every', isWhole = false): number {
  const value = Number(values[name]);
  if (!(value > 0) || (isWhole && !Number.isSafeInteger(value)))
    fail(`--${name} takes a ${isWhole ? 'whole ' : ''}number above 0, not ${values[name]}`);
  return value;
}

/** What runs left that were killed; it is our turn, so that nobody works there. */
async function sweep(stackDirectory: string): Promise<void> {
  const names = await readdir(stackDirectory);
  const left = names.filter((name) => /^(chaos|controls)-\d+(-cluster)?$/.test(name));
  for (const name of left) await rm(`${stackDirectory}/${name}`, { recursive: true, force: true });
}

function chooseFaults(text: string) {
  if (text === 'all') return faults;
  return text.split(',').map((word) => {
    const fault = faults.find(({ row, name }) => name === word || row.split(' ').includes(word));
    return fault ?? fail(`there is no fault ${word}; --list names them`);
  });
}

function fail(line: string): never {
  console.error(line);
  process.exit(2);
}
