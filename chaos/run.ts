import { setTimeout as sleep } from 'node:timers/promises';
import { check, untilQuiet, type Violations } from './check/check.ts';
import type { Fault, Stand } from './fault.ts';
import type { History, Injection } from './history.ts';
import { Load, type LoadOptions } from './load/load.ts';
import { growth, type Holding, holdingsAtRest, latenciesOf, quantile, recoveryMs } from './measure.ts';
import { createRandom } from './random.ts';
import type { Ground } from './stand.ts';

export interface RunOptions {
  readonly faults: readonly Fault[];
  readonly load: LoadOptions;
  /** How long a fault without an end of its own goes on. */
  readonly ms: number;
  /** How long after a fault the fleet may take to come to rest; by the load unless given. */
  readonly quietMs?: number;
  /** The first fault that breaks something ends the run. */
  readonly stopsAtViolation: boolean;
  readonly signal: AbortSignal;
  readonly say: (line: string) => void;
}

/** What came of one fault. */
export interface Outcome {
  readonly fault: Fault;
  readonly violations: Violations;
  readonly kills: number;
  readonly confirmed: number;
  readonly donations: number;
  /** Milliseconds until donations were no longer held up, of each injection; see recoveryMs. */
  readonly recoveries: readonly { readonly target: string; readonly ms: number }[];
  /** Milliseconds from due to shown, of all donations during the fault. */
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly seconds: number;
}

export interface RunResult {
  readonly outcomes: readonly Outcome[];
  readonly before: readonly Holding[];
  readonly after: readonly Holding[];
  readonly grown: Violations;
}

const WARM_UP_MS = 4_000;
const AFTERWARDS_MS = 3_000;
const QUIET_MS = 120_000;
/** A backlog is worked off at this rate at least. */
const REQUESTS_PER_QUIET_MS = 0.1;
const LAST_FRAMES_MS = 700;
const PROGRESS_MS = 10_000;
const MAXIMUM_LINES = 12;

/** Drives one load through the faults, one after the other, with everything checked after each. */
export async function run(
  ground: Pick<Ground, 'product' | 'countLines'> & Partial<Ground>,
  options: RunOptions,
): Promise<RunResult> {
  const { product } = ground;
  const load = new Load(product, options.load);
  const random = createRandom(options.load.seed);
  const injections: Injection[] = [];
  let poison = 0;
  const history = (): History => ({
    ...{ seed: options.load.seed, requests: load.requests, seen: load.viewers, injections },
    ...{ rooms: load.rooms, poison },
  });
  await load.start();
  await sleep(WARM_UP_MS);
  const before = await holdingsAtRest(product.fleet.processes);
  const outcomes: Outcome[] = [];
  const progress = setInterval(() => options.say(progressLine(load, injections)), PROGRESS_MS);
  try {
    for (const fault of options.faults) {
      if (options.signal.aborted) break;
      options.say(`row ${fault.row} ${fault.name}: ${fault.title}`);
      if (outcomes.length > 0) {
        load.resume();
        await sleep(WARM_UP_MS);
      }
      const own: Violations = [];
      const crashesBefore = ground.countLines('crash point');
      const from = { requests: load.requests.length, injections: injections.length, atMs: performance.now() };
      const stand: Stand = {
        ...{ product, stack: ground.stack ?? null, proxy: ground.proxy ?? null, load, ms: options.ms, random },
        processes: (...names) =>
          product.fleet.processes.filter(({ name }) => names.length === 0 || names.includes(name)),
        pause: (ms) => sleep(ms, undefined, { signal: options.signal }),
        injected: (target) => noteInjection(injections, fault.row, target),
        say: options.say,
        violated: (line) => void own.push(line),
        poisoned: (records) => void (poison += records),
        countLines: ground.countLines,
      };
      await fault.inject(stand).catch((error: unknown) => {
        if (!options.signal.aborted) own.push(`${fault.name} could not be injected: ${String(error)}`);
      });
      await sleep(AFTERWARDS_MS);
      await load.pause();
      const quietMs = options.quietMs ?? QUIET_MS + (load.requests.length - from.requests) / REQUESTS_PER_QUIET_MS;
      own.push(...(await untilQuiet(product, history(), quietMs)));
      await sleep(LAST_FRAMES_MS);
      own.push(...(await check(product, history())));
      outcomes.push(outcomeOf(fault, own, history(), from, ground.countLines('crash point') - crashesBefore));
      options.say(outcomeLine(outcomes.at(-1) as Outcome));
      if (own.length > 0 && options.stopsAtViolation) break;
    }
  } finally {
    clearInterval(progress);
    await load.leave();
  }
  await sleep(AFTERWARDS_MS);
  const after = await holdingsAtRest(product.fleet.processes);
  return { outcomes, before, after, grown: growth(before, after) };
}

function noteInjection(injections: Injection[], row: string, target: string): { back(): void } {
  const atMs = performance.now();
  const injection: Injection = { row, target, atMs, backAtMs: atMs };
  injections.push(injection);
  return { back: () => void (injection.backAtMs = performance.now()) };
}

function outcomeOf(
  fault: Fault,
  violations: Violations,
  history: History,
  from: { requests: number; injections: number; atMs: number },
  crashes: number,
): Outcome {
  const requests = history.requests.slice(from.requests);
  const injections = history.injections.slice(from.injections);
  const latencies = latenciesOf(requests, history.seen);
  const took = latencies.map(({ dueAtMs, shownAtMs }) => shownAtMs - dueAtMs);
  const confirmed = requests.filter(({ id }) => id !== null);
  return {
    ...{ fault, violations, confirmed: confirmed.length, p50Ms: quantile(took, 0.5), p99Ms: quantile(took, 0.99) },
    donations: confirmed.filter(({ kind }) => kind === 'donation').length,
    kills: injections.filter(({ target }) => target.startsWith('SIGKILL')).length + crashes,
    recoveries: injections.flatMap((injection, at) => {
      const ms = recoveryMs(injection, injections[at + 1]?.atMs ?? Infinity, latencies);
      return ms === null ? [] : [{ target: injection.target, ms }];
    }),
    seconds: (performance.now() - from.atMs) / 1_000,
  };
}

function progressLine(load: Load, injections: readonly Injection[]): string {
  const confirmed = load.requests.filter(({ id }) => id !== null).length;
  const shown = load.viewers.reduce((most, viewer) => most + (viewer.gateway === 0 ? viewer.order.length : 0), 0);
  return `  ${load.requests.length} asked for, ${confirmed} confirmed, ${load.pending} wait, ${shown} frames shown, ${injections.length} faults`;
}

function outcomeLine({ violations, kills, confirmed, donations, p50Ms, p99Ms, seconds }: Outcome): string {
  const figures = `${confirmed} confirmed (${donations} donations), ${kills} kills, shown after p50 ${Math.round(p50Ms)} ms, p99 ${Math.round(p99Ms)} ms, ${Math.round(seconds)} s`;
  return violations.length === 0
    ? `  holds: ${figures}`
    : `  VIOLATED: ${figures}\n    ${shortened(violations).join('\n    ')}`;
}

/** The first lines: one mistake breaks much. */
export function shortened(violations: Violations): string[] {
  const rest = violations.length - MAXIMUM_LINES;
  return [...violations.slice(0, MAXIMUM_LINES), ...(rest > 0 ? [`… and ${rest} more lines`] : [])];
}
