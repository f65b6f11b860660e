import { setTimeout as sleep } from 'node:timers/promises';
import type { Audience } from './audience.ts';
import { delayAt, machineMs } from './delays.ts';
import { publishAtPace } from './pace.ts';
import { processorSeconds } from './process-figures.ts';
import { allDelivered, assertComplete, type RoomServer } from './saturate.ts';

export interface SteadyLoad {
  readonly perSecond: number;
  readonly warmUpMs: number;
  readonly measureMs: number;
}

export interface Steady {
  /** Of what was due after the warm-up, ms. */
  readonly p50: number;
  readonly p99: number;
  /** Of what was due in the last second, ms: large where more and more was waiting. */
  readonly lastP50: number;
  readonly processorSecondsPerMillion: number;
  /** Cores that all load generators together kept busy. */
  readonly generatorBusy: number;
}

/** Until every process knows when events are due. */
const LEAD_MS = 100;

/**
 * Publishes at a steady rate into a room whose viewers are there, and counts delays from when each event was due.
 * @throws when in the end not every viewer has got every event once, or a timed one not in order
 */
export async function steady(server: RoomServer, audience: Audience, load: SteadyLoad): Promise<Steady> {
  const { perSecond, warmUpMs, measureMs } = load;
  await audience.begin(server.eventBytes);
  await server.publish(0, 1);
  await allDelivered(audience, 1);
  const eventsIn = (ms: number) => Math.floor((perSecond * ms) / 1_000);
  const first = eventsIn(warmUpMs) + 1;
  const total = eventsIn(warmUpMs + measureMs);
  const pace = { fromMs: machineMs() + LEAD_MS, perSecond };
  await audience.pace(pace, [1, first, Math.max(first, total + 1 - perSecond)]);
  const feed = publishAtPace(server, pace, total);
  const measured = measure(server, audience, pace.fromMs + warmUpMs, measureMs);
  const [{ result, busy }] = await Promise.all([audience.busyWhile(() => measured), feed.ended]);
  await allDelivered(audience, total + 1);
  await assertComplete(server, audience, total + 1);
  const [, early = [], last = []] = await audience.times();
  const counted = [...early, ...last];
  return {
    ...{ p50: delayAt(counted, 0.5), p99: delayAt(counted, 0.99), lastP50: delayAt(last, 0.5) },
    ...{ processorSecondsPerMillion: result, generatorBusy: busy },
  };
}

/** Processor seconds of the server per million deliveries, from a moment on. */
async function measure(server: RoomServer, audience: Audience, fromMs: number, measureMs: number): Promise<number> {
  await sleep(fromMs - machineMs());
  const before = { delivered: audience.delivered(), used: processorSeconds(server.pid) };
  await sleep(measureMs);
  // In a short measurement on a busy machine nothing may have come yet, and nothing can be divided by that.
  while (audience.delivered() === before.delivered) await audience.progress();
  const used = processorSeconds(server.pid) - before.used;
  return (used / (audience.delivered() - before.delivered)) * 1e6;
}
