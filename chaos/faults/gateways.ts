import { Redis } from 'ioredis';
import type { Fault, Stand } from '../fault.ts';
import { affordable, disperse, gather, type Member, untilAll } from './crowd.ts';
import { leadsTo } from './descriptors.ts';
import { suspend, untilReady } from './processes.ts';
import { slowReaders } from './slow-readers.ts';
import { linksOf } from './spoiling.ts';
import { openRoom, Talker } from './talker.ts';

/** Faults of gateways and of many sockets at once. */

const CROWD = 2_000;
const BACK_WITHIN_MS = 60_000;
const SWEPT_WITHIN_MS = 90_000;
const TALK_EVERY_MS = 1_000;

/** A gateway dies with 2,000 sockets and stays away: the other one takes them over, and nobody has missed anything. */
async function loseGateway(stand: Stand): Promise<void> {
  const [gateway] = stand.processes('ws-gateway');
  if (!gateway) throw new Error('there is no gateway');
  const size = affordable(stand, CROWD, 1);
  await withCrowd(stand, { size, firstOf: () => 0 }, async (members, talker) => {
    const boot = await crowdedBoot(stand);
    const { back } = stand.injected(`SIGKILL ws-gateway.1 with ${size} sockets`);
    const atMs = performance.now();
    await gateway.kill('SIGKILL');
    await gateway.stop(); // or its supervisor would start it again
    try {
      await expectBack(stand, '34', members, atMs);
      await expectWhole(stand, '34', members, talker);
    } finally {
      gateway.start();
      await untilReady(stand, gateway);
      back();
    }
    await expectSwept(stand, boot, atMs);
  });
}

/** A gateway dies with 2,000 sockets, which know no other: the one that is started in its place has what they missed. */
async function replaceGateway(stand: Stand): Promise<void> {
  const [gateway] = stand.processes('ws-gateway');
  if (!gateway) throw new Error('there is no gateway');
  const size = affordable(stand, CROWD, 1);
  const gatewayUrls = stand.product.gatewayUrls.slice(0, 1);
  await withCrowd(stand, { size, gatewayUrls }, async (members, talker) => {
    const { back } = stand.injected(`SIGKILL ws-gateway.1 with ${size} sockets that come back to it`);
    const atMs = performance.now();
    await gateway.kill('SIGKILL');
    await untilReady(stand, gateway);
    back();
    await expectBack(stand, '34b', members, atMs);
    await expectWhole(stand, '34b', members, talker);
  });
}

const SUSPENDED_MS = 20_000;

/** A gateway sleeps for 20 s; readers of the other one read on, and its own are shown everything afterwards. */
async function suspendGateway(stand: Stand): Promise<void> {
  const [gateway] = stand.processes('ws-gateway');
  if (gateway) await suspend(stand, gateway, SUSPENDED_MS);
}

const STORM = 5_000;

/** 5,000 sockets are dropped at once, by links that are cut and mended; all come back at once, and cost no query. */
async function dropAll(stand: Stand): Promise<void> {
  const links = ['ws-1', 'ws-2'].map((name) => linksOf(stand).link(name));
  // The proxy holds two descriptors for each.
  const size = affordable(stand, STORM, 2);
  await withCrowd(stand, { size }, async (members, talker) => {
    const { back } = stand.injected(`${size} sockets dropped at once`);
    const atMs = performance.now();
    await Promise.all(links.map((link) => link.cut()));
    await Promise.all(links.map((link) => link.mend()));
    back();
    await expectBack(stand, '37', members, atMs);
    await expectWhole(stand, '37', members, talker);
    expectNoDatabase(stand);
  });
}

interface Crowd {
  readonly size: number;
  readonly firstOf?: (at: number) => number;
  /** All gateways unless given. */
  readonly gatewayUrls?: readonly string[];
}

/** Fills a room of its own, in which somebody talks, for as long as the work takes. */
async function withCrowd(
  stand: Stand,
  crowd: Crowd,
  work: (members: readonly Member[], talker: Talker) => Promise<void>,
): Promise<void> {
  const room = await openRoom(stand);
  const members = await gather(stand, { room, gatewayUrls: stand.product.gatewayUrls, ...crowd });
  const talker = new Talker(stand, { room, everyMs: TALK_EVERY_MS });
  try {
    await work(members, talker);
  } finally {
    await talker.stop();
    await disperse(members);
  }
}

async function expectBack(stand: Stand, row: string, members: readonly Member[], atMs: number): Promise<void> {
  const isBack = ({ inSinceMs, lostAtMs }: Member) => lostAtMs > 0 && inSinceMs > lostAtMs;
  const missing = await untilAll(stand, members, BACK_WITHIN_MS, isBack);
  const times = members.map(({ inSinceMs }) => Math.round(inSinceMs - atMs)).sort((one, other) => one - other);
  stand.say(
    `  ${members.length - missing} of ${members.length} were back: half after ${times[Math.floor(times.length / 2)]} ms, the last after ${times.at(-1)} ms`,
  );
  if (missing > 0) stand.violated(`row ${row}: ${missing} of ${members.length} sockets were not back in 60 s`);
  const gaps = members.filter((member) => member.gaps > 0).length;
  if (gaps > 0) stand.violated(`row ${row}: ${gaps} of ${members.length} were answered recovered: false`);
}

const WHOLE_LIMIT_MS = 30_000;

/** Each was shown all that was said since it came. */
async function expectWhole(stand: Stand, row: string, members: readonly Member[], talker: Talker): Promise<void> {
  await talker.stop();
  const due = talker.said.flatMap(({ id }) => id ?? []);
  const missing = await untilAll(stand, members, WHOLE_LIMIT_MS, ({ ids }) => due.every((id) => ids.has(id)));
  stand.say(`  ${due.length} messages were said meanwhile; ${members.length - missing} were shown all of them`);
  if (missing > 0)
    stand.violated(`row ${row}: ${missing} of ${members.length} were not shown all of ${due.length} messages`);
}

interface Lease {
  readonly boot: string;
}

/** The gateway of which most connections are registered. */
async function crowdedBoot(stand: Stand): Promise<string> {
  const byBoot = Map.groupBy(await leasesOf(stand), ({ boot }) => boot);
  const [most] = [...byBoot].sort(([, one], [, other]) => other.length - one.length);
  if (!most) throw new Error('no connection is registered');
  return most[0];
}

/** What a dead gateway had registered ends by itself. */
async function expectSwept(stand: Stand, boot: string, atMs: number): Promise<void> {
  for (;;) {
    const left = (await leasesOf(stand)).filter((lease) => lease.boot === boot).length;
    const sinceMs = performance.now() - atMs;
    if (left === 0) return stand.say(`  its leases had ended ${Math.round(sinceMs / 1_000)} s after its death`);
    if (sinceMs > SWEPT_WITHIN_MS) {
      return stand.violated(`row 34: ${left} connections of the dead gateway were still registered after 90 s`);
    }
    await stand.pause(1_000);
  }
}

const KEYS_PER_SCAN = 1_000;

async function leasesOf({ product }: Stand): Promise<Lease[]> {
  const redis = new Redis(product.servers.REDIS_URL);
  const leases: Lease[] = [];
  try {
    for await (const keys of redis.scanStream({ match: `${product.namespace}*conn:*`, count: KEYS_PER_SCAN })) {
      const names = keys as string[];
      const texts = names.length > 0 ? await redis.mget(names) : [];
      leases.push(...texts.flatMap((text) => (text ? [JSON.parse(text) as Lease] : [])));
    }
    return leases;
  } finally {
    redis.disconnect();
  }
}

/** A gateway resumes from its window: it holds no connection to a database, by which it could ask one. */
function expectNoDatabase(stand: Stand): void {
  const ports = [
    ...['mysql', 'replica'].map((name) => linksOf(stand).link(name).port),
    ...[stand.product.servers.DATABASE_URL, stand.product.servers.DATABASE_REPLICA_URL ?? []].flat().map(portOf),
  ];
  const count = (name: string) => stand.processes(name).reduce((sum, { pid }) => sum + leadsTo(pid, ports), 0);
  // A worker has some: what is counted is what there is.
  if (count('save') === 0) throw new Error('the connections to MySQL cannot be counted');
  const held = count('ws-gateway');
  stand.say(`  the gateways hold ${held} connections to MySQL, the workers that save ${count('save')}`);
  if (held > 0) stand.violated(`row 37: the gateways hold ${held} connections to MySQL`);
}

const portOf = (url: string) => Number(new URL(url).port);

const fault = (row: string, name: string, title: string, seconds: number, inject: Fault['inject']): Fault => ({
  ...{ row, name, title, needs: [], seconds, inject },
});

export const gatewayFaults: readonly Fault[] = [
  fault('34', 'lose-gateway', 'SIGKILL of a gateway with 2,000 sockets, which the other takes over', 150, loseGateway),
  fault(
    '34b',
    'replace-gateway',
    'SIGKILL of a gateway with 2,000 sockets, which its successor has to take',
    60,
    replaceGateway,
  ),
  fault('35', 'sleeping-gateway', 'A gateway suspended for 20 s', 30, suspendGateway),
  fault('36', 'slow-readers', '100 of 1,000 sockets stop reading', 180, slowReaders),
  { ...fault('37', 'reconnect-storm', '5,000 sockets dropped at once', 120, dropAll), needs: ['proxy'] },
];
