/** A shard that a gateway reads, and the share of its viewers that it holds. */
export interface Part {
  readonly shard: number;
  readonly share: number;
}

/**
 * Which gateway reads which shards. With one shard each reads all, as today. With more, a gateway reads as few as can
 * be: where there are enough gateways one each, the heavy ones by several; else the heavy ones still by gateways of
 * their own, and the light ones together on the rest.
 * @param loads by shard
 */
export function assignGateways(loads: readonly number[], gateways: number): Part[][] {
  const total = loads.reduce((sum, load) => sum + load, 0);
  const counts = gateways >= loads.length ? oneEachAndMore(loads, gateways) : wholeOnes(loads, gateways, total);
  const own = counts.flatMap((count, shard) => Array.from({ length: count }, () => [{ shard, share: 1 / count }]));
  const light = loads.map((_, shard) => shard).filter((shard) => counts[shard] === 0);
  return [...own, ...pack(loads, light, gateways - own.length)];
}

/** Each next gateway goes where a gateway has most to do. */
function oneEachAndMore(loads: readonly number[], gateways: number): number[] {
  const counts = loads.map(() => 1);
  for (let left = gateways - loads.length; left > 0; left--) {
    const each = loads.map((load, shard) => load / (counts[shard] ?? 1));
    const hottest = each.indexOf(Math.max(...each));
    counts[hottest] = (counts[hottest] ?? 0) + 1;
  }
  return counts;
}

/** A shard that would fill whole gateways gets them, as long as one is left for all the others. */
function wholeOnes(loads: readonly number[], gateways: number, total: number): number[] {
  let left = gateways - 1;
  const byLoad = loads.map((load, shard) => ({ load, shard })).sort((one, other) => other.load - one.load);
  const counts = loads.map(() => 0);
  for (const { load, shard } of byLoad) {
    const count = Math.min(left, Math.floor((load / total) * gateways));
    counts[shard] = count;
    left -= count;
  }
  return counts;
}

/** The heaviest first, each to the gateway that has least. */
function pack(loads: readonly number[], shards: readonly number[], gateways: number): Part[][] {
  const bins = Array.from({ length: gateways }, () => ({ load: 0, parts: [] as Part[] }));
  for (const shard of [...shards].sort((one, other) => (loads[other] ?? 0) - (loads[one] ?? 0))) {
    const [least] = bins.toSorted((one, other) => one.load - other.load);
    if (!least) continue;
    least.load += loads[shard] ?? 0;
    least.parts.push({ shard, share: 1 });
  }
  return bins.map(({ parts }) => parts);
}
