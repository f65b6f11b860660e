import { withAdmin } from './support/admin.ts';
import { donation } from './support/backlog.ts';
import { bookedDonations, drainRate } from './support/drain.ts';
import { alternate, atLeast, type Bench, type Figure, type Outcome, type Peer } from './support/figure.ts';
import { bareTransfers, grouped, textbook } from './support/bare-transfers.ts';
import { assertMoney, type Donors, fund, newDonors, pair } from './support/money.ts';
import { openNamespace, type Namespace } from './support/namespace.ts';
import { show } from './support/numbers.ts';
import { replicaCaughtUp } from './support/replica.ts';

/** How fast donations are booked by the real worker, from Kafka to the ReceiveMoney that says so. */
export const transfers: Figure = { id: 'D1', title: 'A backlog of donations', run };

const PARTITIONS = 4;
const TEXTBOOK_CONNECTIONS = 8;

/** Transfers a second. A peer announces nothing: both are one for it. */
interface Rates {
  readonly booked: number;
  readonly announced: number;
}

interface Contestant {
  readonly name: string;
  rates(namespace: Namespace): Promise<Rates>;
}

async function run(bench: Bench): Promise<Outcome> {
  const stack = await bench.stack();
  const count = bench.quick ? 3_000 : 100_000;
  const spread = newDonors(bench.quick ? 200 : 10_000, bench.quick ? 50 : 1_000);
  const hot = newDonors(bench.quick ? 200 : 10_000, 1);
  const all = contestants(count, bench.quick ? 200 : 5_000, { spread, hot });
  const results = await alternate(bench.rounds, Object.values(all), async (one) => {
    await replicaCaughtUp(stack);
    const namespace = await openNamespace(stack, PARTITIONS);
    try {
      const rates = await one.rates(namespace);
      bench.log(`${one.name}: ${show(rates.announced)} transfers/s`);
      return rates;
    } finally {
      await namespace.close();
    }
  });
  const announced = (one: Contestant) => (results.get(one) ?? []).map((rates) => rates.announced);
  const booked = (one: Contestant) => (results.get(one) ?? []).map((rates) => rates.booked);
  const against = (one: Contestant, least?: number) => ({
    ...{ name: one.name, values: announced(one), target: least === undefined ? undefined : atLeast(least) },
  });
  const toMeasure = (what: string, ours: readonly number[], peers: readonly Peer[]) => ({
    what,
    unit: '/s',
    ours,
    peers,
  });
  return {
    measures: [
      toMeasure('spread: booked and announced', announced(all.spread), [
        against(all.textbookSpread, 5),
        against(all.bareSpread, 0.5),
      ]),
      toMeasure('spread: booked', booked(all.spread), [against(all.bareSpread)]),
      toMeasure('hot: booked and announced', announced(all.hot), [
        against(all.textbookHot, 10),
        against(all.spread, 0.9),
        against(all.bareHot, 0.5),
      ]),
      toMeasure('hot: booked', booked(all.hot), [against(all.bareHot)]),
    ],
    skipped: [],
    notes: [
      `${count} donations of ${spread.viewers.length} viewers to ${spread.streamers.length} streamers, or to one (hot)`,
      'after each run every donation was settled once, and no money had appeared or vanished',
    ],
  };
}

function contestants(count: number, textbookCount: number, { spread, hot }: { spread: Donors; hot: Donors }) {
  const ours = (name: string, who: Donors): Contestant => ({
    ...{ name: `ours, ${name}`, rates: (namespace) => drain(namespace, who, count) },
  });
  const peer = (name: string, rate: (namespace: Namespace) => Promise<number>): Contestant => ({
    name,
    async rates(namespace) {
      const booked = await rate(namespace);
      return { booked, announced: booked };
    },
  });
  const plain = (name: string, who: Donors) =>
    peer(`textbook, ${name}, ${TEXTBOOK_CONNECTIONS} connections`, (namespace) =>
      bareTransfers(namespace, who, textbookCount, TEXTBOOK_CONNECTIONS, textbook(who)),
    );
  const bare = (name: string, who: Donors) =>
    peer(`500 a transaction, ${name}, no Kafka`, (namespace) => bareTransfers(namespace, who, count, 1, grouped(who)));
  return {
    ...{ spread: ours('spread', spread), hot: ours('hot', hot) },
    ...{ textbookSpread: plain('spread', spread), textbookHot: plain('hot', hot) },
    ...{ bareSpread: bare('spread', spread), bareHot: bare('hot', hot) },
  };
}

/** Announced: the last ReceiveMoney is on its topic, which is the one that the donations came by. */
async function drain(namespace: Namespace, who: Donors, count: number): Promise<Rates> {
  await fund(namespace, who);
  await namespace.produce(Array.from({ length: count }, (_, at) => donation(...pair(who, at))));
  const rates = await withAdmin(namespace, async (admin) => {
    const records = async () =>
      (await namespace.kafka.ends('donations')).reduce((sum, { high }) => sum + Number(high), 0);
    const [, booked, announced] = await Promise.all([
      namespace.start(['transfer-money']),
      drainRate('booking', count, () => bookedDonations(admin, namespace)),
      drainRate('announcing', count, async () => (await records()) - count),
    ]);
    return { booked, announced };
  });
  await assertMoney(namespace, who, count);
  return rates;
}
