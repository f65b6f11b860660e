import type { Bench, Figure, Outcome } from './support/figure.ts';
import { growthOfHistory } from './growth/history.ts';
import { growthOfLeases } from './growth/leases.ts';
import { growthOfRooms } from './growth/rooms.ts';
import { growthOfUnwatchedFrames } from './growth/unwatched-frames.ts';
import { growthOfWorkers } from './growth/workers.ts';

/** What becomes of us as things grow: rooms, frames of rooms that nobody is in, presence, workers, history. A1 and A2: viewers. */
export const growth: Figure = { id: 'G', title: 'Growth', run };

/** Once, whatever `--rounds` says: a curve has its rounds in its sizes, and takes minutes. */
async function run(all: Bench): Promise<Outcome> {
  const bench = { ...all, rounds: 1 };
  const outcomes: Outcome[] = [];
  for (const curve of [growthOfRooms, growthOfUnwatchedFrames, growthOfLeases, growthOfWorkers, growthOfHistory]) {
    outcomes.push(await curve(bench));
  }
  return {
    measures: outcomes.flatMap(({ measures }) => measures),
    skipped: outcomes.flatMap(({ skipped }) => skipped),
    notes: outcomes.flatMap(({ notes }) => notes),
  };
}
