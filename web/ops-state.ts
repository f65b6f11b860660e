import type { Failure } from './api.ts';
import type { Letter, Status } from './ops-answers.ts';

/** Everything that the operator's page shows, and the one function that changes it. No DOM, no clock, no network. */

/** At one every 3 s: three minutes. */
export const READINGS_LIMIT = 60;

export interface Reading {
  /** When this page was told, in ms since 1970. */
  at: number;
  /** Records behind; null where the broker didn't say. */
  behind: number | null;
}

export type Retry = { state: 'sending' } | { state: 'given-back'; at: number } | { state: 'failed'; failure: Failure };

export interface OpsState {
  /** The last status that came; kept while none comes, so that one sees how it was. */
  status: Status | null;
  statusAt: number | null;
  /** Why the last question for the status had no answer; null after one that had. */
  failure: Failure | null;
  readings: Readonly<Record<string, readonly Reading[]>>;
  /** Newest first; null before the first answer. */
  letters: readonly Letter[] | null;
  lettersFailure: Failure | null;
  /** By the letter's id: what this page has asked for and what came of it. */
  retries: Readonly<Record<string, Retry>>;
}

export type OpsEvent =
  | { type: 'status_read'; status: Status; at: number }
  | { type: 'status_failed'; failure: Failure }
  | { type: 'letters_read'; letters: readonly Letter[] }
  | { type: 'letters_failed'; failure: Failure }
  | { type: 'retry_changed'; id: string; retry: Retry };

export function initialOpsState(): OpsState {
  return {
    status: null,
    statusAt: null,
    failure: null,
    readings: {},
    letters: null,
    lettersFailure: null,
    retries: {},
  };
}

export function reduceOps(state: OpsState, event: OpsEvent): OpsState {
  switch (event.type) {
    case 'status_read':
      return {
        ...state,
        status: event.status,
        statusAt: event.at,
        failure: null,
        readings: withReadings(state.readings, event.status, event.at),
      };
    case 'status_failed':
      return { ...state, failure: event.failure };
    case 'letters_read':
      return { ...state, letters: event.letters, lettersFailure: null };
    case 'letters_failed':
      return { ...state, lettersFailure: event.failure };
    case 'retry_changed':
      return { ...state, retries: { ...state.retries, [event.id]: event.retry } };
    default:
      return event satisfies never;
  }
}

function withReadings(standing: OpsState['readings'], { lag }: Status, at: number): OpsState['readings'] {
  return Object.fromEntries(
    Object.entries(lag).map(([group, behind]) => [
      group,
      [...(standing[group] ?? []), { at, behind }].slice(-READINGS_LIMIT),
    ]),
  );
}
