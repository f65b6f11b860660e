import { randomUUID } from 'node:crypto';
import { donation } from './support/backlog.ts';
import { drainRate } from './support/drain.ts';
import { alternate, atLeast, type Bench, type Figure, type Outcome } from './support/figure.ts';
import { bareTransfers, grouped, textbook } from './support/bare-transfers.ts';
import { assertMoney, type Donors, fund, pair } from './support/money.ts';
import { openNamespace, type Namespace } from './support/namespace.ts';
import { show } from './support/numbers.ts';

/** How fast donations are booked by the real worker, from Kafka to the ReceiveMoney that says so. */
export const transfers: Figure = { id: 'D1', title: 'A backlog of donations', run };

const PARTITIONS = 4;
const TEXTBOOK_CONNECTIONS = 8;

interface Contestant {
  readonly name: string;
  rate(namespace: Namespace): Promise<number>;
}

async function run(bench: Bench): Promise<Outcome> {
  const stack = await bench.stack();
  const count = bench.quick ? 2_000 : 40_000;
  const textbookCount = bench.quick ? 200 : 5_000;
  const spread = donors(bench.quick ? 200 : 10_000, bench.quick ? 50 : 1_000);
  const hot = donors(bench.quick ? 200 : 10_000, 1);
  const ours = (name: string, who: Donors): Contestant => ({ name, rate: (one) => drain(one, who, count) });
  const plain = (name: string, who: Donors): Contestant => ({
    name: `textbook, ${name}, ${TEXTBOOK_CONNECTIONS} connections`,
    rate: (one) => bareTransfers(one, who, textbookCount, TEXTBOOK_CONNECTIONS, textbook(who)),
  });
  const bare = (name: string, who: Donors): Contestant => ({
    name: `500 a transaction, ${name}, no Kafka`,
    rate: (one) => bareTransfers(one, who, count, 1, grouped(who)),
  });
  const all = {
    ...{ spread: ours('ours, spread', spread), hot: ours('ours, hot', hot) },
    ...{ textbookSpread: plain('spread', spread), textbookHot: plain('hot', hot) },
    ...{ bareSpread: bare('spread', spread), bareHot: bare('hot', hot) },
  };
  const results = await alternate(bench.rounds, Object.values(all), async (one) => {
    const namespace = await openNamespace(stack, PARTITIONS);
    try {
      const rate = await one.rate(namespace);
      bench.log(`${one.name}: ${show(rate)} transfers/s`);
      return rate;
    } finally {
      await namespace.close();
    }
  });
  const values = (one: Contestant) => results.get(one) ?? [];
  const against = (one: Contestant, least: number) => ({ name: one.name, values: values(one), target: atLeast(least) });
  return {
    measures: [
      {
        ...{ what: 'spread: transfers booked and announced', unit: '/s', ours: values(all.spread) },
        peers: [against(all.textbookSpread, 5), against(all.bareSpread, 0.5)],
      },
      {
        ...{ what: 'one streamer receives all: the same', unit: '/s', ours: values(all.hot) },
        peers: [against(all.textbookHot, 10), against(all.spread, 0.9), against(all.bareHot, 0.5)],
      },
    ],
    skipped: [
      { what: 'the bare grouped transaction as a floor', why: 'only the textbook transaction is compared so far' },
    ],
    notes: [
      `${count} donations of ${spread.viewers.length} viewers to ${spread.streamers.length} streamers, or to one`,
      'after each run every donation was settled once, and no money had appeared or vanished',
    ],
  };
}

function donors(viewers: number, streamers: number): Donors {
  const people = (count: number) => Array.from({ length: count }, () => randomUUID());
  return { viewers: people(viewers), streamers: people(streamers) };
}

/** The time runs until the last ReceiveMoney is on its topic, which is the one that the donations came by. */
async function drain(namespace: Namespace, who: Donors, count: number): Promise<number> {
  await fund(namespace, who);
  await namespace.produce(Array.from({ length: count }, (_, at) => donation(...pair(who, at))));
  const announced = async () =>
    (await namespace.kafka.ends('donations')).reduce((sum, { high }) => sum + Number(high), 0) - count;
  const rate = drainRate('transfer-money', count, announced);
  await Promise.all([namespace.start(['transfer-money']), rate]);
  await assertMoney(namespace, who, count);
  return rate;
}
