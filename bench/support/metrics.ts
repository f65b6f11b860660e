import type { FleetProcess } from '../../scripts/fleet.ts';
import { operationsAddress } from '../../scripts/fleet/readiness.ts';

const TIMEOUT_MS = 5_000;

/** The text of a process's /metrics. @throws after 5 s without an answer */
export async function metricsText(process: FleetProcess): Promise<string> {
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  return (await fetch(`${operationsAddress(process)}/metrics`, { signal })).text();
}

/** What a process counts, by metric with its labels as they stand in the text that it answers. */
export async function readMetrics(process: FleetProcess): Promise<ReadonlyMap<string, number>> {
  const text = await metricsText(process);
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.split(' ').at(-1))]));
}
