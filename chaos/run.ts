import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { check, untilQuiet, type Violations } from './check/check.ts';
import type { Fault, Stand } from './fault.ts';
import type { History, Injection } from './history.ts';
import { Load, type LoadOptions } from './load/load.ts';
import { growth, type Holding, holdingsAtRest } from './measure.ts';
import { type Outcome, outcomeLine, outcomeOf, type Place } from './outcome.ts';
import { createRandom, type Random } from './random.ts';
import type { Ground } from './stand.ts';

export interface RunOptions {
  readonly faults: readonly Fault[];
  readonly load: LoadOptions;
  /** How long a fault without an end of its own goes on. */
  readonly ms: number;
  /** How far apart the blows of a storm are, about; 3 s unless given. */
  readonly everyMs?: number;
  /** How long after a fault the fleet may take to come to rest; by the load unless given. */
  readonly quietMs?: number;
  /** The first fault that breaks something ends the run. */
  readonly stopsAtViolation: boolean;
  readonly signal: AbortSignal;
  readonly say: (line: string) => void;
}

export interface RunResult {
  readonly outcomes: readonly Outcome[];
  readonly before: readonly Holding[];
  readonly after: readonly Holding[];
  readonly grown: Violations;
}

const STORM_EVERY_MS = 3_000;
const WARM_UP_MS = 4_000;
const AFTERWARDS_MS = 3_000;
const QUIET_MS = 120_000;
/** A backlog is worked off at this rate at least. */
const REQUESTS_PER_QUIET_MS = 0.1;
const LAST_FRAMES_MS = 700;
const PROGRESS_MS = 10_000;

type RunGround = Pick<Ground, 'product' | 'countLines'> & Partial<Ground>;

/** What a run has asked, seen and done so far. */
interface Course {
  readonly load: Load;
  readonly random: Random;
  readonly injections: Injection[];
  poison: number;
}

/**
 * Drives one load through the faults, one after the other, with everything checked after each.
 * @throws the signal's reason where it is aborted
 */
export async function run(ground: RunGround, options: RunOptions): Promise<RunResult> {
  const { processes } = ground.product.fleet;
  const load = new Load(ground.product, options.load);
  const course: Course = { load, random: createRandom(options.load.seed), injections: [], poison: 0 };
  await Promise.race([load.start(), aborted(options.signal)]);
  await sleep(WARM_UP_MS);
  const before = await holdingsAtRest(processes);
  const outcomes: Outcome[] = [];
  const progress = setInterval(() => options.say(progressLine(course)), PROGRESS_MS);
  try {
    for (const fault of options.faults) {
      if (options.signal.aborted) break;
      options.say(`row ${fault.row} ${fault.name}: ${fault.title}`);
      if (outcomes.length > 0) {
        load.resume();
        await sleep(WARM_UP_MS);
      }
      const outcome = await hold(fault, ground, options, course);
      outcomes.push(outcome);
      options.say(outcomeLine(outcome));
      if (outcome.violations.length > 0 && options.stopsAtViolation) break;
    }
  } finally {
    clearInterval(progress);
    await load.leave();
  }
  await sleep(AFTERWARDS_MS);
  const after = await holdingsAtRest(processes);
  return { outcomes, before, after, grown: growth(before, after) };
}

/** Injects one fault, lets the fleet come to rest, and checks everything that was ever asked for. */
async function hold(fault: Fault, ground: RunGround, options: RunOptions, course: Course): Promise<Outcome> {
  const { load, injections } = course;
  const { product, countLines } = ground;
  const violations: Violations = [];
  const from: Place = {
    ...{ requests: load.requests.length, injections: injections.length, crashes: countLines('crash point') },
    atMs: performance.now(),
  };
  await fault.inject(toStand(fault, ground, options, course, violations)).catch((error: unknown) => {
    if (!options.signal.aborted) violations.push(`${fault.name} could not be injected: ${String(error)}`);
  });
  options.signal.throwIfAborted();
  await sleep(AFTERWARDS_MS);
  await load.pause();
  const quietMs = options.quietMs ?? QUIET_MS + (load.requests.length - from.requests) / REQUESTS_PER_QUIET_MS;
  violations.push(...(await untilQuiet(product, historyOf(course), quietMs)));
  await sleep(LAST_FRAMES_MS);
  let unknownRooms = 0;
  const tellUnknown = (rooms: number) => void (unknownRooms = rooms);
  violations.push(...(await check(product, historyOf(course), options.say, tellUnknown)));
  const outcome = outcomeOf(fault, violations, historyOf(course), from, countLines('crash point') - from.crashes);
  return { ...outcome, unknownRooms };
}

/** @throws the signal's reason, once it is aborted */
async function aborted(signal: AbortSignal): Promise<never> {
  if (!signal.aborted) await once(signal, 'abort');
  throw signal.reason;
}

function historyOf({ load, injections, poison }: Course): History {
  const { requests, viewers, rooms, options } = load;
  return { seed: options.seed, requests, seen: viewers, injections, rooms, poison };
}

function toStand(
  fault: Fault,
  ground: RunGround,
  { ms, everyMs = STORM_EVERY_MS, signal, say }: RunOptions,
  course: Course,
  violations: Violations,
): Stand {
  const { product, stack = null, proxy = null, countLines } = ground;
  const { load, random, injections } = course;
  return {
    ...{ product, stack, proxy, load, ms, everyMs, random, say, countLines },
    processes: (...names) => product.fleet.processes.filter(({ name }) => names.length === 0 || names.includes(name)),
    pause: (pauseMs) => sleep(pauseMs, undefined, { signal }),
    injected: (target) => noteInjection(injections, fault.row, target),
    violated: (line) => void violations.push(line),
    poisoned: (records) => void (course.poison += records),
  };
}

function noteInjection(injections: Injection[], row: string, target: string): { back(): void } {
  const atMs = performance.now();
  const injection: Injection = { row, target, atMs, backAtMs: atMs };
  injections.push(injection);
  return { back: () => void (injection.backAtMs = performance.now()) };
}

function progressLine({ load, injections }: Course): string {
  const confirmed = load.requests.filter(({ id }) => id !== null).length;
  const shown = load.viewers.reduce((most, viewer) => most + (viewer.gateway === 0 ? viewer.order.length : 0), 0);
  return `  ${load.requests.length} asked for, ${confirmed} confirmed, ${load.pending} wait, ${shown} frames shown, ${injections.length} faults`;
}
