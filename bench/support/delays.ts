/** Many delays, small enough to be sent from one process to another: how often each tenth of a millisecond came. */
export type Delays = readonly (readonly [tenths: number, count: number])[];

/** One clock for all processes of this machine, ms; it is never set. */
export const machineMs = () => Number(process.hrtime.bigint()) / 1e6;

/** Counts delays as they come. */
export class DelayCounter {
  readonly #counts = new Map<number, number>();

  add(delayMs: number): void {
    const tenths = Math.max(0, Math.round(delayMs * 10));
    this.#counts.set(tenths, (this.#counts.get(tenths) ?? 0) + 1);
  }

  taken(): Delays {
    return [...this.#counts];
  }
}

export const countOf = (delays: Delays) => delays.reduce((sum, [, count]) => sum + count, 0);

/** The smallest delay, ms, that at least the share `rank` of all does not exceed (nearest rank); NaN where there is none. */
export function delayAt(delays: Delays, rank: number): number {
  const wanted = Math.max(1, Math.ceil(rank * countOf(delays)));
  let seen = 0;
  for (const [tenths, count] of [...delays].sort(([one], [other]) => one - other)) {
    seen += count;
    if (seen >= wanted) return tenths / 10;
  }
  return NaN;
}
