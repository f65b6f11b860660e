import fc from 'fast-check';

/** How a log may reach a listener: in slices, some of which come again from an earlier place after a crash. */
export interface Delivery<T> {
  /** Every record at least once, in order but for what comes again. */
  readonly slices: readonly (readonly T[])[];
}

/**
 * Deliveries of a log: cut anywhere; at each cut the consumer may have died before its offset moved, so that up to five
 * records come again. What a crash before the commit undoes is the same as its slice not having been delivered.
 */
export function deliveriesOf<T>(log: readonly T[]): fc.Arbitrary<Delivery<T>> {
  const step = fc.record({ take: fc.integer({ min: 1, max: 5 }), again: fc.integer({ min: 0, max: 5 }) });
  return fc.infiniteStream(step).map((steps) => {
    const slices: T[][] = [];
    for (let at = 0; at < log.length;) {
      const { take, again } = steps.next().value as { take: number; again: number };
      slices.push(log.slice(Math.max(0, at - again), at + take));
      at += take;
    }
    return { slices };
  });
}

/** Merges several logs into one, each in its own order, as keys of one partition lie between each other. */
export function interleavingsOf<T>(logs: readonly (readonly T[])[]): fc.Arbitrary<T[]> {
  const places = logs.flatMap((log, at) => log.map(() => at));
  return fc.shuffledSubarray(places, { minLength: places.length }).map((order) => {
    const left = logs.map((log) => log[Symbol.iterator]());
    return order.map((at) => left[at]?.next().value as T);
  });
}

/** The records of a slice that a store of ids has not counted yet, each once: what `applied` leaves to `handle`. */
export function fresh<T extends { readonly donateId: string }>(slice: readonly T[], counted: Set<string>): T[] {
  return slice.filter(({ donateId }) => {
    if (counted.has(donateId)) return false;
    counted.add(donateId);
    return true;
  });
}
