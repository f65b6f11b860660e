import { cpus } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Audience, startAudience } from './support/audience.ts';
import { isolate, shareAgain } from './support/cores.ts';
import { delayAt, type Delays, machineMs } from './support/delays.ts';
import { atLeast, atMost, type Bench, type Figure, type Outcome } from './support/figure.ts';
import { median, show } from './support/numbers.ts';
import { type OurRoom, startOurRoom } from './support/our-room.ts';
import { type Feed, publishAtPace } from './support/pace.ts';
import { residentBytes } from './support/process-figures.ts';
import { allDelivered, assertComplete } from './support/saturate.ts';

/** Some of a room's viewers read no more: what the others notice of it, what it costs the gateway, and how it ends. */
export const stalledViewers: Figure = { id: 'A4b', title: 'Viewers who read no more', run };

const PER_SECOND = 50;
/** The heartbeat ends within 45 s whom nothing else has ended. */
const CUT_WITHIN_MS = 90_000;
const LOOK_EVERY_MS = 500;
/** A span must begin with an event that is not due yet. */
const AHEAD_EVENTS = 25;
const MEBIBYTE = 1_048_576;
const CONNECTIONS = 'rostra_ws_connections';
const CUTS = 'rostra_ws_closes_total{code="4408"}';

interface Size {
  readonly readers: number;
  readonly stalled: number;
  /**
   * Of a text. Before anything waits in the gateway the kernel takes about 4 MB for each of them, and then a megabyte
   * has to gather there: a chat's ordinary texts would take minutes.
   */
  readonly characters: number;
  readonly warmUpMs: number;
  readonly beforeMs: number;
}

const fullSize: Size = { readers: 900, stalled: 100, characters: 6_000, warmUpMs: 2_000, beforeMs: 15_000 };
const quickSize: Size = { readers: 20, stalled: 4, characters: 30_000, warmUpMs: 200, beforeMs: 500 };

/** What was seen of the gateway for a while. */
interface Seen {
  readonly mostBytes: number;
  readonly connections: number;
  readonly cuts: number;
}

interface Stall {
  readonly p99Before: number;
  readonly p99During: number;
  readonly growthMebibytes: number;
  readonly cut: number;
  readonly cutAsTooSlow: number;
  readonly seconds: number;
}

async function run(bench: Bench): Promise<Outcome> {
  const size = bench.quick ? quickSize : fullSize;
  const stalls: Stall[] = [];
  for (let round = 0; round < bench.rounds; round++) {
    const stall = await inNewRoom(bench, size);
    bench.log(`${stall.cut} of ${size.stalled} cut in ${show(stall.seconds)} s, p99 ${show(stall.p99During)} ms`);
    stalls.push(stall);
  }
  const values = (pick: (stall: Stall) => number) => stalls.map(pick);
  const before = { name: 'the same before', values: values((one) => one.p99Before), target: atMost(1.1) };
  const alone = { unit: 's', peers: [] };
  const who = `${size.stalled} of ${size.stalled + size.readers} viewers read no more`;
  return {
    measures: [
      { what: `${who}: delay of the others, p99`, unit: 'ms', ours: values((one) => one.p99During), peers: [before] },
      {
        ...{ what: `${who}: the gateway grows by`, unit: 'MiB', ours: values((one) => one.growthMebibytes) },
        ...{ limit: atMost(64), peers: [] },
      },
      {
        ...{ what: `${who}: cut in the end`, unit: 'viewers', ours: values((one) => one.cut) },
        ...{ limit: atLeast(size.stalled), peers: [] },
      },
      { what: `${who}: until the last is cut`, ours: values((one) => one.seconds), ...alone },
    ],
    skipped: [],
    notes: [
      `${show(median(values((one) => one.cutAsTooSlow)))} of the ${size.stalled} were cut with close code 4408, others by the heartbeat`,
      `${PER_SECOND} events/s with texts of ${size.characters} characters; who read on got every event once`,
    ],
  };
}

/** A gateway that has seen nobody yet: what an earlier crowd has left behind is not to be counted as free. */
async function inNewRoom(bench: Bench, size: Size): Promise<Stall> {
  const stack = await bench.stack();
  const room = await startOurRoom(stack, size.characters);
  const readers = startAudience(Math.max(1, Math.min(4, cpus().length - 1)));
  const others = startAudience(1);
  try {
    isolate(stack, [readers, others], [room.server]);
    return await measure(room, readers, others, size);
  } finally {
    shareAgain(stack);
    await Promise.all([readers.stop(), others.stop()]);
    await room.stop();
  }
}

async function measure(room: OurRoom, readers: Audience, others: Audience, size: Size): Promise<Stall> {
  const { server } = room;
  for (const [audience, count] of [
    [readers, size.readers],
    [others, size.stalled],
  ] as const) {
    await audience.open(server.door, server.seats(count), 'one in ten at once');
    await audience.begin(server.eventBytes);
  }
  await server.publish(0, 1);
  await Promise.all([allDelivered(readers, 1), allDelivered(others, 1)]);
  const pace = { fromMs: machineMs() + 100, perSecond: PER_SECOND };
  await readers.pace(pace, [1, Math.floor((PER_SECOND * size.warmUpMs) / 1_000) + 1]);
  const feed = publishAtPace(server, pace);
  const { seen, stall, seconds } = await stallSome(room, feed, readers, others, size);
  feed.end();
  await feed.ended;
  await allDelivered(readers, feed.sent + 1);
  await assertComplete(server, readers, feed.sent + 1);
  const [, before = [], , during = []]: readonly Delays[] = await readers.times();
  return {
    ...{ p99Before: delayAt(before, 0.99), p99During: delayAt(during, 0.99), seconds },
    growthMebibytes: (stall.mostBytes - seen.mostBytes) / MEBIBYTE,
    cut: size.readers + size.stalled - stall.connections,
    cutAsTooSlow: stall.cuts - seen.cuts,
  };
}

/**
 * Those who stall come anew for it and never read in the room: for a socket that was read fast the kernel holds up to
 * 32 MB, which it would take minutes to fill.
 */
async function stallSome(room: OurRoom, feed: Feed, readers: Audience, others: Audience, size: Size) {
  const beginSpan = () => readers.span(feed.sent + AHEAD_EVENTS);
  const beforeUntil = machineMs() + size.warmUpMs + size.beforeMs;
  const seen = await watch(room, () => machineMs() >= beforeUntil);
  await beginSpan();
  await others.close();
  await others.open(room.server.door, room.server.seats(size.stalled), 'never, once in the room');
  await beginSpan();
  const from = machineMs();
  const stall = await watch(
    room,
    ({ connections }) => connections <= size.readers || machineMs() >= from + CUT_WITHIN_MS,
  );
  const seconds = (machineMs() - from) / 1_000;
  await beginSpan();
  return { seen, stall, seconds };
}

/** Looks at the gateway from time to time, before and during alike, as looking has its price too. */
async function watch(room: OurRoom, isOver: (seen: Seen) => boolean): Promise<Seen> {
  for (let mostBytes = 0; ; await sleep(LOOK_EVERY_MS)) {
    mostBytes = Math.max(mostBytes, residentBytes(room.server.pid));
    const metrics = await room.metrics();
    const seen = { mostBytes, connections: metrics.get(CONNECTIONS) ?? NaN, cuts: metrics.get(CUTS) ?? 0 };
    if (isOver(seen)) return seen;
  }
}
