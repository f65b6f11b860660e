import { writeSync } from 'node:fs';
import type { EnvironmentReader } from './environment.ts';

/**
 * Places where a fault test may have a process killed, the way a power cut would: at once, with no handler run. Outside
 * test builds the point given to the runtime does nothing.
 *
 * Frames leave no row behind, so there is nothing to look up in before they are made again, and nothing that has to
 * follow once the broker has them: their listeners know neither `after-dedup` nor `after-post-effects`.
 */
export const crashPointsOf = {
  database: ['before-dedup', 'after-dedup', 'mid-effect', 'after-commit', 'after-post-effects'],
  frames: ['before-dedup', 'mid-effect', 'after-commit'],
  relay: ['relay-after-ack'],
} as const;
export type CrashPointName = (typeof crashPointsOf)[keyof typeof crashPointsOf][number];

/**
 * To be called at a point.
 * @param of whose point it is: a group, or the context of a relay
 * @param atHand the listeners whose work would be hit
 */
export type CrashPoint = (point: CrashPointName, of: string, atHand?: () => Iterable<string>) => void;

/** Never crashes. */
export const noCrash: CrashPoint = () => undefined;

/** A point that this process passes. */
export interface CrashPlace {
  readonly point: CrashPointName;
  /** Null at a relay's. */
  readonly listener: string | null;
}

export const relayPlace: CrashPlace = { point: crashPointsOf.relay[0], listener: null };

export interface CrashPlan {
  readonly point: CrashPointName;
  /** 0 to 1, each time the point is passed. */
  readonly probability: number;
  /** Only where this listener's work is at hand; null: whoever's. */
  readonly listener: string | null;
}

/** Reads CRASH_AT, in test builds only. @param places where this process can be killed */
export function readCrashPlan(reader: EnvironmentReader, places: readonly CrashPlace[]): CrashPlan | null {
  if (reader.optional('ROSTRA_TEST_BUILD') !== '1' || reader.optional('CRASH_AT') === null) return null;
  const points = new Set(places.map(({ point }) => point));
  const listeners = new Set(places.flatMap(({ listener }) => listener ?? []));
  return reader.parsed(
    'CRASH_AT',
    (text) => parseCrashPlan(text, places),
    `<point>:<probability>[:<listener>], of what this process passes: points ${[...points].join(', ') || 'none'}; ` +
      `listeners ${[...listeners].join(', ') || 'none'}`,
  );
}

/** Reads `<point>:<probability>[:<listener>]`; null where it is none, or there is no such place. */
export function parseCrashPlan(text: string, places: readonly CrashPlace[]): CrashPlan | null {
  const [name, chance = '', listener = null, ...rest] = text.split(':');
  const place = places.find((one) => one.point === name && (listener === null || one.listener === listener));
  const isChance = /^(0|1|0?\.[0-9]{1,6}|1\.0+)$/.test(chance);
  return place && isChance && rest.length === 0 ? { point: place.point, probability: Number(chance), listener } : null;
}

/** Kills the process at the planned point, with one last line for whoever counts. */
export function crashAt(
  plan: CrashPlan | null,
  random: () => number = Math.random,
  kill: (lastLine: string) => void = killThisProcess,
): CrashPoint {
  if (!plan) return noCrash;
  return (point, of, atHand = () => []) => {
    if (point !== plan.point || (plan.listener !== null && !new Set(atHand()).has(plan.listener))) return;
    if (random() < plan.probability) kill(`crash point ${point} of ${plan.listener ?? of}`);
  };
}

function killThisProcess(lastLine: string): void {
  try {
    writeSync(2, `${lastLine}\n`);
  } finally {
    process.kill(process.pid, 'SIGKILL');
  }
}
