import { readDeadLetters, untilQuiet, withKafka } from '../check/quiet.ts';
import type { Stand } from '../fault.ts';

const QUIET_MS = 300_000;

/** Waits until the product is at rest: what was set aside before belongs there, nothing more does. */
export async function expectQuiet(stand: Stand, row: string, when: string): Promise<void> {
  const { sources } = await withKafka(stand.product, readDeadLetters);
  const { load } = stand;
  const moving = await untilQuiet(
    stand.product,
    {
      ...{ seed: load.options.seed, requests: load.requests, seen: load.viewers, injections: [], rooms: load.rooms },
      poison: sources.length,
    },
    QUIET_MS,
  );
  for (const line of moving) stand.violated(`row ${row}: ${when}: ${line}`);
}
