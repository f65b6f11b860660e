import { withAdmin } from './support/admin.ts';
import { donation } from './support/backlog.ts';
import { type Killed, settleUnderKills } from './support/donations-under-kills.ts';
import { bookedDonations, reached } from './support/drain.ts';
import { type Bench, type Figure, type Measure, type Outcome, ownMeasure } from './support/figure.ts';
import { between, observations, quantile, readHistogram } from './support/histogram.ts';
import { assertMoney, type Donors, fund, newDonors, pair } from './support/money.ts';
import { openNamespace, type Namespace } from './support/namespace.ts';
import { median, show } from './support/numbers.ts';
import { producePaced } from './support/paced.ts';
import { busyWhile } from './support/process-figures.ts';
import { replicaCaughtUp } from './support/replica.ts';

/** How long the transactions that move money take, at low lag and under a backlog; and that kill -9 harms no money. */
export const commits: Figure = { id: 'D2', title: 'Transactions that move money', run };

const PARTITIONS = 4;
const HISTOGRAM = 'rostra_slice_seconds';
const LABEL = 'group="transfer-money"';

interface Sizes {
  readonly perSecond: number;
  readonly warmUpMs: number;
  readonly trickleMs: number;
  readonly backlog: number;
  readonly killedBacklog: number;
  readonly kills: number;
}

interface Transactions {
  readonly p99Ms: number;
  readonly count: number;
  /** Of a core, by whoever put the donations on Kafka meanwhile. */
  readonly busy: number;
}

async function run(bench: Bench): Promise<Outcome> {
  const sizes: Sizes = bench.quick
    ? { perSecond: 200, warmUpMs: 300, trickleMs: 1_000, backlog: 3_000, killedBacklog: 6_000, kills: 1 }
    : { perSecond: 200, warmUpMs: 3_000, trickleMs: 20_000, backlog: 100_000, killedBacklog: 60_000, kills: 5 };
  const who = newDonors(bench.quick ? 200 : 10_000, bench.quick ? 50 : 1_000);
  const low: Transactions[] = [];
  const high: Transactions[] = [];
  const dead: Killed[] = [];
  for (let round = 0; round < bench.rounds; round++) {
    low.push(await inNamespace(bench, who, (namespace) => trickle(namespace, who, sizes)));
    high.push(await inNamespace(bench, who, (namespace) => backlog(namespace, who, sizes.backlog)));
    dead.push(
      await inNamespace(bench, who, (namespace) => settleUnderKills(namespace, who, sizes.killedBacklog, sizes.kills)),
    );
    bench.log(
      `p99 of a transaction: trickle ${show(low.at(-1)?.p99Ms ?? NaN)} ms, backlog ${show(high.at(-1)?.p99Ms ?? NaN)} ms`,
    );
  }
  return { measures: toMeasures(sizes, low, high, dead), skipped: [], notes: toNotes(sizes, low, high, dead) };
}

async function inNamespace<T>(bench: Bench, who: Donors, work: (namespace: Namespace) => Promise<T>): Promise<T> {
  const stack = await bench.stack();
  await replicaCaughtUp(stack);
  const namespace = await openNamespace(stack, PARTITIONS);
  try {
    await fund(namespace, who);
    return await work(namespace);
  } finally {
    await namespace.close();
  }
}

/** Donations that come one by one, at a rate that the worker hardly notices. */
async function trickle(namespace: Namespace, who: Donors, sizes: Sizes): Promise<Transactions> {
  const worker = await startWorker(namespace);
  let made = 0;
  const next = () => donation(...pair(who, made++));
  await producePaced(namespace, sizes.perSecond, sizes.warmUpMs, next);
  const before = await readHistogram(worker, HISTOGRAM, LABEL);
  const { busy } = await busyWhile([process.pid], () =>
    producePaced(namespace, sizes.perSecond, sizes.trickleMs, next),
  );
  await booked(namespace, made);
  const seen = between(before, await readHistogram(worker, HISTOGRAM, LABEL));
  await assertMoney(namespace, who, made);
  return { p99Ms: quantile(seen, 0.99) * 1_000, count: observations(seen), busy };
}

/** Everything the worker does from its start until the backlog is gone, its first and slowest transactions too. */
async function backlog(namespace: Namespace, who: Donors, count: number): Promise<Transactions> {
  await namespace.produce(Array.from({ length: count }, (_, at) => donation(...pair(who, at))));
  const worker = await startWorker(namespace);
  await booked(namespace, count);
  const seen = await readHistogram(worker, HISTOGRAM, LABEL);
  await assertMoney(namespace, who, count);
  return { p99Ms: quantile(seen, 0.99) * 1_000, count: observations(seen), busy: 0 };
}

const booked = (namespace: Namespace, count: number) =>
  withAdmin(namespace, (admin) => reached('booking', count, () => bookedDonations(admin, namespace)));

async function startWorker(namespace: Namespace) {
  const [worker] = (await namespace.start(['transfer-money'])).processes;
  if (!worker) throw new Error('the Procfile has no transfer-money');
  return worker;
}

function toMeasures(
  sizes: Sizes,
  low: readonly Transactions[],
  high: readonly Transactions[],
  dead: readonly Killed[],
): Measure[] {
  const p99s = (all: readonly Transactions[]) => all.map(({ p99Ms }) => p99Ms);
  const wrong = dead.map(({ lostOrDoubled }) => lostOrDoubled);
  const silences = dead.map(({ longestSilenceMs }) => longestSilenceMs / 1_000);
  return [
    ownMeasure(`${sizes.perSecond} donations/s: a transaction, p99`, 'ms', p99s(low), 50),
    ownMeasure(`a backlog of ${sizes.backlog}: a transaction, p99`, 'ms', p99s(high), 50),
    ownMeasure(`${sizes.kills} times kill -9: lost or doubled`, 'donations', wrong, 0),
    ownMeasure('from a kill -9 to the next donation settled, at worst', 's', silences),
  ];
}

function toNotes(
  sizes: Sizes,
  low: readonly Transactions[],
  high: readonly Transactions[],
  dead: readonly Killed[],
): string[] {
  const middle = (values: readonly number[]) => show(median(values));
  const counts = (all: readonly Transactions[]) => middle(all.map(({ count }) => count));
  const repeats = middle(dead.map(({ announcedAgain }) => announcedAgain));
  return [
    `a transaction: from the call for a connection over BEGIN to COMMIT, reruns included; its p99 is told from the buckets of ${HISTOGRAM}`,
    `transactions a round: ${counts(low)} in the trickle, ${counts(high)} in the backlog; producing the trickle kept ${middle(low.map(({ busy }) => busy))} of a core busy`,
    `kill -9 in a backlog of ${sizes.killedBacklog}: all settled once, sums cancel out, each announced; ${repeats} were announced a second time under the same id`,
  ];
}
