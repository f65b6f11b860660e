import { compareFanOut } from './support/fan-out.ts';
import { atLeast, atMost, type Figure } from './support/figure.ts';

/** One busy room: how many deliveries a second, and what each costs the server. */
export const fanOut: Figure = {
  id: 'A1',
  title: 'Fan-out, one saturated room',
  run: (bench) =>
    compareFanOut(bench, [
      { viewers: bench.quick ? 20 : 100, rate: {}, processor: {} },
      { viewers: bench.quick ? 50 : 1_000, underWay: 32, rate: {}, processor: {} },
      {
        viewers: bench.quick ? 50 : 1_000,
        rate: { centrifuge: atLeast(1.5), 'ws, send per viewer': atLeast(7) },
        processor: { centrifuge: atMost(0.65), 'uWebSockets.js': atMost(1.25) },
      },
    ]),
};
