import { randomUUID } from 'node:crypto';
import { cpus } from 'node:os';
import { startAudience } from '../support/audience.ts';
import { isolate, shareAgain } from '../support/cores.ts';
import { alternate, type Bench, type Outcome } from '../support/figure.ts';
import { median, show } from '../support/numbers.ts';
import { oneByOne } from '../support/one-by-one.ts';
import { startOurGateway } from '../support/our-room.ts';
import { type Saturated, saturate } from '../support/saturate.ts';
import { curve } from './curve.ts';

/** The same viewers in one room, in ten and in a hundred: what a gateway loses where less can be written at once. */
export async function growthOfRooms(bench: Bench): Promise<Outcome> {
  const stack = await bench.stack();
  const viewers = bench.quick ? 20 : 1_000;
  const counts = bench.quick ? [1, 10] : [1, 10, 100];
  const load = bench.quick
    ? { viewers, warmUpMs: 300, measureMs: 1_200 }
    : { viewers, warmUpMs: 1_000, measureMs: 3_000 };
  const gateway = await startOurGateway(stack);
  const audience = startAudience(Math.max(1, Math.min(4, cpus().length - 1)));
  try {
    const servers = counts.map((count) =>
      gateway.withRooms(
        count === 1 ? '1 room' : `${count} rooms`,
        Array.from({ length: count }, () => randomUUID()),
      ),
    );
    const isolation = isolate(stack, [audience], servers);
    const results = await alternate(bench.rounds, servers, async (server) => {
      const result = await saturate(server, audience, load);
      bench.log(`${viewers} viewers in ${server.name}: ${show(result.deliveriesPerSecond)} deliveries/s`);
      return result;
    });
    const alone = await alternate(bench.rounds, servers.slice(0, 1), (server) =>
      oneByOne(server, audience, { viewers, events: bench.quick ? 5 : 60, pauseMs: 20 }),
    );
    const sizes = [...results].map(([{ name }, all]) => ({ name, results: all }));
    return {
      measures: [
        ...curve<Saturated>(sizes, [
          { what: `${viewers} viewers: deliveries`, unit: '/s', pick: (one) => one.deliveriesPerSecond },
          {
            what: `${viewers} viewers: gateway CPU per million`,
            unit: 's',
            pick: (one) => one.processorSecondsPerMillion,
          },
        ]),
        {
          ...{ what: `1 room: ${viewers} viewers, one event at a time: gateway CPU per million`, unit: 's' },
          ...{ ours: [...alone.values()].flat(), peers: [] },
        },
      ],
      skipped: [],
      notes: [isolation, ...sizes.map(busyNote)],
    };
  } finally {
    shareAgain(stack);
    await audience.stop();
    await gateway.stop();
  }
}

function busyNote({ name, results }: { name: string; results: readonly Saturated[] }): string {
  const busy = (pick: (one: Saturated) => number) => show(median(results.map(pick)));
  return (
    `${name}: the gateway kept ${busy((one) => one.serverBusy)} of a core busy, the viewers ` +
    `${busy((one) => one.generatorBusy)}; where the gateway has less than one, whoever publishes is the limit`
  );
}
