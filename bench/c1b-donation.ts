import { randomUUID } from 'node:crypto';
import type { Bench, Figure, Outcome } from './support/figure.ts';
import { assertMoney, fund } from './support/money.ts';
import { openNamespace } from './support/namespace.ts';
import { comparePostToFrame, PARTITIONS } from './support/post-to-frame.ts';

/** From a donation's post, over the ledger's commit and its outbox, to its frame at a viewer. */
export const donationPipeline: Figure = { id: 'C1B', title: 'From a donation to its frame', run };

const DONORS = 500;

async function run(bench: Bench): Promise<Outcome> {
  const namespace = await openNamespace(await bench.stack(), PARTITIONS);
  try {
    const owner = randomUUID();
    const donors = { viewers: Array.from({ length: DONORS }, () => randomUUID()), streamers: [owner] };
    await fund(namespace, donors);
    const { measures, notes } = await comparePostToFrame(bench, namespace, {
      ...{ kind: 'donate', owner, targets: { p99: 4 } },
      tokens: donors.viewers.map((sub) => namespace.sign({ sub, type: 'client', owner, name: 'Finn' })),
      pace: bench.quick
        ? { perSecond: 50, warmUpMs: 500, measureMs: 1_000 }
        : { perSecond: 100, warmUpMs: 30_000, measureMs: 20_000 },
      check: (posted) => assertMoney(namespace, donors, posted),
    });
    const note =
      'ingress, TransferMoney, outbox, SendDonateToQueue, gateway; all donations to one streamer, each with a comment';
    const checked = 'each frame arrived once; after each round every donation was settled once and the sums were right';
    return { measures, skipped: [], notes: [note, checked, ...notes] };
  } finally {
    await namespace.close();
  }
}
