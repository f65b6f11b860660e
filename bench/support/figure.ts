import type { Stack } from '../../scripts/stack/stack.ts';

/** What a figure gets to work with. */
export interface Bench {
  /** Small sizes and one round: shows that everything runs, measures nothing worth quoting. */
  readonly quick: boolean;
  /** How often ours and every peer are measured, in turn. */
  readonly rounds: number;
  /** Kafka, MySQL and Redis, started at the first call. */
  stack(): Promise<Stack>;
  /** One line of progress. */
  log(line: string): void;
}

/** A bound on a ratio (ours ÷ peer) or on our own value. */
export interface Target {
  readonly bound: 'at least' | 'at most';
  readonly value: number;
}

export interface Peer {
  readonly name: string;
  /** One value a round, in the rounds' order. */
  readonly values: readonly number[];
  /** Of ours ÷ this peer's. */
  readonly target?: Target | undefined;
}

/** One quantity, measured in the same run for us and for each peer. */
export interface Measure {
  readonly what: string;
  readonly unit: string;
  readonly ours: readonly number[];
  readonly peers: readonly Peer[];
  /** Of our own value. */
  readonly limit?: Target | undefined;
}

export interface Skipped {
  readonly what: string;
  readonly why: string;
}

export interface Outcome {
  readonly measures: readonly Measure[];
  readonly skipped: readonly Skipped[];
  /** What a reader must know to judge the figures: how busy the load generator was, what was checked. */
  readonly notes: readonly string[];
}

/** One line of the table of contents. */
export interface Figure {
  /** As in the table of targets: "A1". */
  readonly id: string;
  readonly title: string;
  run(bench: Bench): Promise<Outcome>;
}

export const atLeast = (value: number): Target => ({ bound: 'at least', value });
export const atMost = (value: number): Target => ({ bound: 'at most', value });

/** Runs `measure` for each contestant in turn, `rounds` times over, so that a noisy minute meets all of them. */
export async function alternate<C, R>(
  rounds: number,
  contestants: readonly C[],
  measure: (contestant: C) => Promise<R>,
): Promise<Map<C, R[]>> {
  const results = new Map<C, R[]>(contestants.map((contestant) => [contestant, []]));
  for (let round = 0; round < rounds; round++) {
    for (const contestant of contestants) results.get(contestant)?.push(await measure(contestant));
  }
  return results;
}

/** A measure of ours alone. @param most its bound, where it has one */
export function ownMeasure(what: string, unit: string, ours: readonly number[], most?: number): Measure {
  return { what, unit, ours, peers: [], limit: most === undefined ? undefined : atMost(most) };
}
