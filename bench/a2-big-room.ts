import { compareFanOut } from './support/fan-out.ts';
import { atLeast, type Figure } from './support/figure.ts';

/** One big busy room. */
export const bigRoom: Figure = {
  id: 'A2',
  title: 'Fan-out, one saturated room of 5,000',
  run: (bench) =>
    compareFanOut(bench, [{ viewers: bench.quick ? 100 : 5_000, rate: { centrifuge: atLeast(2.5) }, processor: {} }]),
};
