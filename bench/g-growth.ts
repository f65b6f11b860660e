import type { Bench, Figure, Outcome } from './support/figure.ts';
import { growthOfHistory } from './growth/history.ts';
import { growthOfLeases } from './growth/leases.ts';
import { growthOfRooms } from './growth/rooms.ts';
import { growthOfUnwatchedFrames } from './growth/unwatched-frames.ts';
import { growthOfWorkers } from './growth/workers.ts';

/** What becomes of us as things grow: rooms, frames of rooms that nobody is in, presence, workers, history. A1 and A2: viewers. */
export const growth: Figure = { id: 'G', title: 'Growth', run };

async function run(bench: Bench): Promise<Outcome> {
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
