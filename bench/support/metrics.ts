import type { FleetProcess } from '../../scripts/fleet.ts';
import { operationsAddress } from '../../scripts/fleet/readiness.ts';

const TIMEOUT_MS = 5_000;

/** What a process counts, by metric with its labels as they stand in the text that it answers. */
export async function readMetrics(process: FleetProcess): Promise<ReadonlyMap<string, number>> {
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  const text = await (await fetch(`${operationsAddress(process)}/metrics`, { signal })).text();
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.split(' ').at(-1))]));
}
