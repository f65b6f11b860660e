import { randomUUID } from 'node:crypto';
import type { Bench, Figure, Outcome } from './support/figure.ts';
import { openNamespace } from './support/namespace.ts';
import { comparePostToFrame, PARTITIONS } from './support/post-to-frame.ts';

/** From a message's post to its frame at a viewer, through the whole product, against one bare hop through Kafka. */
export const pipeline: Figure = { id: 'C1', title: 'From a post to its frame', run };

const AUTHORS = 500;

async function run(bench: Bench): Promise<Outcome> {
  const namespace = await openNamespace(await bench.stack(), PARTITIONS);
  try {
    const owner = randomUUID();
    const tokens = Array.from({ length: AUTHORS }, () =>
      namespace.sign({ sub: randomUUID(), type: 'client', owner, name: 'Finn' }),
    );
    const { measures, notes } = await comparePostToFrame(bench, namespace, {
      ...{ kind: 'message', owner, tokens, targets: { p50: 5, p99: 2.5 } },
      pace: bench.quick
        ? { perSecond: 100, warmUpMs: 500, measureMs: 1_000 }
        : { perSecond: 500, warmUpMs: 5_000, measureMs: 15_000 },
    });
    const note = 'every process of the product ran and did its work; one room, one viewer; each frame arrived once';
    return { measures, skipped: [], notes: [note, ...notes] };
  } finally {
    await namespace.close();
  }
}
