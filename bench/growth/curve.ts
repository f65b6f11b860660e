import type { Measure } from '../support/figure.ts';

/** One size, and what came out of it, round by round. */
export interface Size<R> {
  readonly name: string;
  readonly results: readonly R[];
}

/** One quantity that is looked at as things grow. */
export interface Quantity<R> {
  readonly what: string;
  readonly unit: string;
  pick(result: R): number;
}

/** A line a size, each beside the smallest, so that a bend shows as a ratio. @param sizes the smallest first */
export function curve<R>(sizes: readonly Size<R>[], quantities: readonly Quantity<R>[]): Measure[] {
  return quantities.flatMap(({ what, unit, pick }) => {
    const [smallest] = sizes;
    const peers = smallest ? [{ name: smallest.name, values: smallest.results.map(pick) }] : [];
    return sizes.map((size) => ({
      ...{ what: `${size.name}: ${what}`, unit, ours: size.results.map(pick) },
      peers: size === smallest ? [] : peers,
    }));
  });
}
