import type { FleetProcess } from '../../scripts/fleet.ts';
import { metricsText } from './metrics.ts';

/** A histogram as a process tells it: how many of what it has observed were at most so much, by that bound. */
export type Histogram = ReadonlyMap<number, number>;

/** Asks a process for the one of its histograms that bears this label. @throws when it has none */
export async function readHistogram(process: FleetProcess, name: string, label: string): Promise<Histogram> {
  return parseHistogram(await metricsText(process), name, label);
}

/** @param label as it stands in the text: `group="save"` */
export function parseHistogram(text: string, name: string, label: string): Histogram {
  const lines = text.split('\n').filter((line) => line.startsWith(`${name}_bucket{`) && line.includes(label));
  const bounds = lines.map((line): [number, number] => {
    const [, bound = '', count = ''] = /le="([^"]+)".*\} (\d+)$/.exec(line) ?? [];
    return [bound === '+Inf' ? Infinity : Number(bound), Number(count)];
  });
  return new Map(bounds.toSorted(([one], [other]) => one - other));
}

/** What was observed between two looks at a histogram; one that was not there at first had seen nothing. */
export function between(before: Histogram, after: Histogram): Histogram {
  return new Map([...after].map(([bound, count]) => [bound, count - (before.get(bound) ?? 0)]));
}

/** How many were observed in all. */
export const observations = (histogram: Histogram): number => Math.max(0, ...histogram.values());

/**
 * The value that the share `rank` of all does not exceed, taken as evenly spread within its bucket.
 * @throws when nothing was observed, or that value lies beyond the last bound
 */
export function quantile(histogram: Histogram, rank: number): number {
  const wanted = rank * observations(histogram);
  let low = 0;
  let below = 0;
  for (const [high, count] of histogram) {
    if (count > 0 && count >= wanted) {
      if (high === Infinity) break;
      return low + ((high - low) * (wanted - below)) / (count - below);
    }
    low = high;
    below = count;
  }
  throw new Error('nothing was observed, or too much beyond the last bound');
}
