import { setTimeout as sleep } from 'node:timers/promises';
import type { Audience, Door, Seat } from './audience.ts';
import { processorSeconds } from './process-figures.ts';

/** A server with a room, or several, and a way to make events there. */
export interface RoomServer {
  readonly name: string;
  readonly pid: number;
  readonly door: Door;
  /** One a viewer. */
  seats(count: number): readonly Seat[];
  /** Hands over `count` new events for each viewer, numbered from `first` on: so many for every room. */
  publish(first: number, count: number): Promise<void>;
  /** Length of one event as JSON text. */
  readonly eventBytes: number;
}

export interface Saturated {
  readonly deliveriesPerSecond: number;
  /** Processor seconds of the server per million deliveries. */
  readonly processorSecondsPerMillion: number;
  /** Cores that all load generators together kept busy. */
  readonly generatorBusy: number;
  /** Cores that the server kept busy: far below 1, whoever publishes was what limited it. */
  readonly serverBusy: number;
}

export interface Load {
  readonly viewers: number;
  /** Events on their way at once; `eventsUnderWay` unless given. */
  readonly underWay?: number | undefined;
  readonly warmUpMs: number;
  readonly measureMs: number;
}

const FEWEST_UNDER_WAY = 32;
const MOST_UNDER_WAY = 320;

/**
 * Events on their way at once: enough that a server never waits for the next one, and few enough that all of them
 * together (about 10 KB to 100 KB a viewer) stay well below any server's limit for a slow reader, even for a viewer
 * who is several times slower than the mean. With a third of them, 32 for 1,000 viewers, ours and uWebSockets.js wait
 * for a quarter of the time: their rounds are over before the next event has come round.
 */
export function eventsUnderWay(viewers: number): number {
  return Math.min(MOST_UNDER_WAY, Math.max(FEWEST_UNDER_WAY, Math.ceil(96_000 / viewers)));
}

/**
 * Fills a room with viewers and keeps as many events under way as `eventsUnderWay` says: the next ones are published
 * when the viewers have got those before.
 * @throws when in the end not every viewer has got every event once
 */
export async function saturate(server: RoomServer, audience: Audience, load: Load): Promise<Saturated> {
  await audience.open(server.door, server.seats(load.viewers));
  await audience.begin(server.eventBytes);
  await server.publish(0, 1);
  await allDelivered(audience, 1);
  const feed = { sent: 1, isEnding: false };
  const feeding = keepFeeding(server, audience, feed, load.underWay ?? eventsUnderWay(load.viewers));
  const measured = Promise.race([measure(server, audience, load), feeding.then(neverEndsEarly)]);
  try {
    const { result, busy } = await audience.busyWhile(() => measured);
    feed.isEnding = true;
    await feeding;
    await allDelivered(audience, feed.sent);
    await assertComplete(server, audience, feed.sent);
    return { ...result, generatorBusy: busy };
  } finally {
    feed.isEnding = true;
    await audience.close();
  }
}

async function keepFeeding(
  server: RoomServer,
  audience: Audience,
  feed: { sent: number; isEnding: boolean },
  limit: number,
): Promise<void> {
  while (!feed.isEnding) {
    const room = limit - (feed.sent - Math.floor(audience.delivered() / audience.size));
    if (room <= 0) await audience.progress();
    else {
      const first = feed.sent;
      feed.sent += room;
      await server.publish(first, room);
    }
  }
}

const neverEndsEarly = (): never => {
  throw new Error('the feed ended before the measurement');
};

async function measure(server: RoomServer, audience: Audience, load: Load) {
  await sleep(load.warmUpMs);
  const from = { at: performance.now(), delivered: audience.delivered(), used: processorSeconds(server.pid) };
  await sleep(load.measureMs);
  const delivered = audience.delivered() - from.delivered;
  const used = processorSeconds(server.pid) - from.used;
  const seconds = (performance.now() - from.at) / 1_000;
  return {
    deliveriesPerSecond: delivered / seconds,
    serverBusy: used / seconds,
    processorSecondsPerMillion: (used / delivered) * 1e6,
  };
}

/** Resolves once all viewers together have got as much as so many events for each. @throws after 10 s of silence */
export async function allDelivered(audience: Audience, events: number): Promise<void> {
  while (audience.delivered() < events * audience.size) await audience.progress();
}

/** @throws when not every viewer has got exactly so many events */
export async function assertComplete(server: RoomServer, audience: Audience, sent: number): Promise<void> {
  const { least, most } = await audience.extremes();
  if (least === sent && most === sent) return;
  throw new Error(`${server.name}: of ${sent} events the viewers have got ${least} to ${most}`);
}
