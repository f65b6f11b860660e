import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import kafkajs from 'kafkajs';
import type { FleetProcess } from '../../scripts/fleet.ts';
import type { Stack } from '../../scripts/stack/stack.ts';
import { groupOnBroker, type GroupName } from '../../shared/groups.ts';
import { numberOf, withAdmin } from '../support/admin.ts';
import { donation, messageBacklog } from '../support/backlog.ts';
import { drainRate } from '../support/drain.ts';
import { alternate, type Bench, type Outcome } from '../support/figure.ts';
import { assertMoney, type Donors, fund, pair } from '../support/money.ts';
import { type Namespace, openNamespace } from '../support/namespace.ts';
import { show } from '../support/numbers.ts';
import { replicaCaughtUp } from '../support/replica.ts';
import { curve } from './curve.ts';

/** Each of the most workers gets one. */
const PARTITIONS = 4;
const JOIN_LIMIT_MS = 20_000;
const JOIN_POLL_MS = 100;

interface Sizes {
  readonly messages: number;
  readonly donations: number;
  readonly donors: Donors;
}

/** A backlog of messages, and one of donations, drained by one, two and four workers. */
export async function growthOfWorkers(bench: Bench): Promise<Outcome> {
  const stack = await bench.stack();
  const sizes: Sizes = bench.quick
    ? { messages: 1_000, donations: 400, donors: donors(50, 20) }
    : { messages: 40_000, donations: 15_000, donors: donors(5_000, 1_000) };
  const counts = bench.quick ? [2] : [1, 2, 4];
  const drains = [
    { what: 'messages saved', drain: (one: Namespace, count: number) => saveMessages(one, count, sizes) },
    {
      what: 'donations booked and announced',
      drain: (one: Namespace, count: number) => bookDonations(one, count, sizes),
    },
  ];
  const contestants = drains.flatMap((one) => counts.map((count) => ({ ...one, count })));
  const results = await alternate(bench.rounds, contestants, async ({ what, drain, count }) => {
    const rate = await inNamespace(stack, (namespace) => drain(namespace, count));
    bench.log(`${what} by ${count}: ${show(rate)}/s`);
    return rate;
  });
  return {
    measures: drains.flatMap(({ what }) => {
      const own = contestants.filter((one) => one.what === what);
      const named = own.map((one) => ({
        name: one.count === 1 ? '1 worker' : `${one.count} workers`,
        results: results.get(one) ?? [],
      }));
      return curve(named, [{ what, unit: '/s', pick: (rate) => rate }]);
    }),
    skipped: [],
    notes: [
      `a backlog of ${sizes.messages} messages or ${sizes.donations} donations on ${PARTITIONS} partitions; the workers ` +
        'had joined, and were held until it was there; they, Kafka and MySQL share the cores',
      'each message was saved once; each donation was settled once, and no money appeared or vanished',
    ],
  };
}

function donors(viewers: number, streamers: number): Donors {
  const people = (count: number) => Array.from({ length: count }, () => randomUUID());
  return { viewers: people(viewers), streamers: people(streamers) };
}

async function inNamespace(stack: Stack, work: (namespace: Namespace) => Promise<number>): Promise<number> {
  await replicaCaughtUp(stack);
  const namespace = await openNamespace(stack, PARTITIONS);
  try {
    return await work(namespace);
  } finally {
    await namespace.close();
  }
}

function saveMessages(namespace: Namespace, workers: number, { messages }: Sizes): Promise<number> {
  const rooms = namespace.database('rooms');
  return withAdmin(namespace, async (admin) => {
    const counted = () => numberOf(admin, `SELECT COUNT(*) FROM ${rooms}.messages`);
    const done = async () => {
      // As C3 does: positions are cheap to look at, and a transaction that is repeated leaves a gap in them.
      const position = await numberOf(admin, `SELECT MAX(position) FROM ${rooms}.room_events`);
      return position < messages ? position : counted();
    };
    const rate = await drainBy(namespace, 'save', workers, {
      fill: () => namespace.produce(messageBacklog(messages)),
      rate: () => drainRate('save', messages, done),
    });
    const saved = await counted();
    if (saved !== messages) throw new Error(`${saved} messages were saved of ${messages}`);
    return rate;
  });
}

async function bookDonations(namespace: Namespace, workers: number, { donations, donors: who }: Sizes) {
  await fund(namespace, who);
  const records = async () =>
    (await namespace.kafka.ends('donations')).reduce((sum, { high }) => sum + Number(high), 0);
  const rate = await drainBy(namespace, 'transfer-money', workers, {
    fill: () => namespace.produce(Array.from({ length: donations }, (_, at) => donation(...pair(who, at)))),
    rate: () => drainRate('announcing', donations, async () => (await records()) - donations),
  });
  await assertMoney(namespace, who, donations);
  return rate;
}

interface Drain {
  fill(): Promise<void>;
  rate(): Promise<number>;
}

/** Workers that have all joined are suspended while the backlog is made, and begin in the same moment. */
async function drainBy(namespace: Namespace, group: GroupName, workers: number, drain: Drain): Promise<number> {
  const fleets = await Promise.all(Array.from({ length: workers }, () => namespace.start([group])));
  const processes = fleets.flatMap((fleet) => fleet.processes);
  await untilAllHaveJoined(namespace, group, workers);
  signalAll(processes, 'SIGSTOP');
  try {
    await drain.fill();
    const rate = drain.rate();
    signalAll(processes, 'SIGCONT');
    return await rate;
  } finally {
    signalAll(processes, 'SIGCONT');
  }
}

function signalAll(processes: readonly FleetProcess[], signal: 'SIGSTOP' | 'SIGCONT'): void {
  for (const { pid } of processes) process.kill(pid, signal);
}

async function untilAllHaveJoined({ name, brokers }: Namespace, group: GroupName, members: number): Promise<void> {
  const admin = new kafkajs.Kafka({ brokers: [...brokers], logLevel: kafkajs.logLevel.NOTHING }).admin();
  await admin.connect();
  try {
    for (const deadline = performance.now() + JOIN_LIMIT_MS; ; await sleep(JOIN_POLL_MS)) {
      const [found] = (await admin.describeGroups([groupOnBroker(name, group)])).groups;
      if (found?.state === 'Stable' && found.members.length === members) return;
      if (performance.now() > deadline) throw new Error(`${group}: ${found?.members.length ?? 0} of ${members} joined`);
    }
  } finally {
    await admin.disconnect();
  }
}
