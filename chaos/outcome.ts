import type { Violations } from './check/check.ts';
import type { Fault } from './fault.ts';
import type { History } from './history.ts';
import { latenciesOf, quantile, recoveryMs } from './measure.ts';

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
  /** Rooms of which nobody can say whether all was shown there, since every viewer had a gap. */
  readonly unknownRooms: number;
}

/** Where in a run a fault began. */
export interface Place {
  readonly requests: number;
  readonly injections: number;
  readonly crashes: number;
  readonly atMs: number;
}

const MAXIMUM_LINES = 12;

/** What the history says of one fault. @param crashes at crash points, which nobody sent a signal for */
export function outcomeOf(
  fault: Fault,
  violations: Violations,
  history: History,
  from: Place,
  crashes: number,
): Omit<Outcome, 'unknownRooms'> {
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

/** The outcome in a line, with the first of what was violated. */
export function outcomeLine({ violations, kills, confirmed, donations, p50Ms, p99Ms, seconds }: Outcome): string {
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
