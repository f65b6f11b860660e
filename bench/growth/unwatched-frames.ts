import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { encodeFrame } from '../../shared/frame.ts';
import type { OutRecord } from '../../shared/kafka.ts';
import type { Bench, Outcome } from '../support/figure.ts';
import { readMetrics } from '../support/metrics.ts';
import { type Namespace, openNamespace } from '../support/namespace.ts';
import { show } from '../support/numbers.ts';
import { processorSeconds, residentBytes } from '../support/process-figures.ts';
import { newEvent, TEXT_CHARACTERS } from '../support/room-event.ts';
import { curve } from './curve.ts';

const ROOMS = 1_000;
const TICK_MS = 20;
/** Each look costs the gateway a millisecond or two. */
const POLL_MS = 100;
const CATCH_UP_LIMIT_MS = 60_000;

interface Caught {
  readonly framesPerSecond: number;
  readonly processorMicroseconds: number;
  readonly memoryBytes: number;
}

/**
 * What a gateway pays for frames of rooms in which it holds nobody: it reads all of them, and keeps ten minutes of them
 * for whoever comes back. At a steady rate; and as many as there are at once, after it was suspended.
 */
export async function growthOfUnwatchedFrames(bench: Bench): Promise<Outcome> {
  const stack = await bench.stack();
  const backlog = bench.quick ? 5_000 : 100_000;
  const rates = bench.quick ? [500, 1_000] : [1_000, 4_000, 16_000];
  const caught: Caught[] = [];
  const live = rates.map((rate) => ({ rate, results: [] as number[] }));
  for (let round = 0; round < bench.rounds; round++) {
    const namespace = await openNamespace(stack);
    try {
      const gateway = await startGateway(namespace);
      for (const { rate, results } of live) {
        results.push(await follow(namespace, gateway, rate, bench.quick ? 400 : 3_000));
      }
      caught.push(await catchUp(namespace, gateway, backlog));
    } finally {
      await namespace.close();
    }
    bench.log(`frames that nobody watches: ${show(caught.at(-1)?.processorMicroseconds ?? NaN)} µs each`);
  }
  const atOnce = [{ name: `${backlog.toLocaleString('en-US')} frames at once`, results: caught }];
  return {
    measures: [
      ...curve(atOnce, [
        { what: 'read by a gateway that holds nobody', unit: '/s', pick: (one: Caught) => one.framesPerSecond },
        { what: 'gateway CPU a frame', unit: 'µs', pick: (one: Caught) => one.processorMicroseconds },
        { what: 'gateway memory a frame', unit: 'B', pick: (one: Caught) => one.memoryBytes },
      ]),
      ...curve(
        live.map(({ rate, results }) => ({ name: `${rate.toLocaleString('en-US')} frames/s`, results })),
        [{ what: 'gateway CPU a frame', unit: 'µs', pick: (one) => one }],
      ),
    ],
    skipped: [],
    notes: [
      `frames of about 330 bytes in ${ROOMS} rooms; the time of a gateway that has nothing to read is taken off a frame's`,
    ],
  };
}

interface Gateway {
  readonly pid: number;
  /** Frames that it has read since its start. */
  read(): Promise<number>;
}

async function startGateway(namespace: Namespace): Promise<Gateway> {
  const [gateway] = (await namespace.start(['ws-gateway'])).processes;
  if (!gateway) throw new Error('the Procfile has no ws-gateway');
  return {
    pid: gateway.pid,
    async read() {
      return (await readMetrics(gateway)).get('rostra_ws_frames_out_total{result="taken"}') ?? 0;
    },
  };
}

/** The gateway is suspended while the frames are made, and then has them all before it. */
async function catchUp(namespace: Namespace, gateway: Gateway, frames: number): Promise<Caught> {
  const { pid } = gateway;
  const wanted = (await gateway.read()) + frames;
  const memory = residentBytes(pid);
  process.kill(pid, 'SIGSTOP');
  await namespace.produce(records(frames)).finally(() => process.kill(pid, 'SIGCONT'));
  const { processor, seconds } = await used(pid, () => untilRead(gateway, wanted));
  return {
    framesPerSecond: frames / seconds,
    processorMicroseconds: (processor / frames) * 1e6,
    memoryBytes: (residentBytes(pid) - memory) / frames,
  };
}

/** Frames are made before the clock runs, and handed over when they are due, or with the next where Kafka is slower. */
async function follow(namespace: Namespace, gateway: Gateway, rate: number, ms: number): Promise<number> {
  const perTick = Math.ceil((rate * TICK_MS) / 1_000);
  const ticks = Array.from({ length: Math.round(ms / TICK_MS) }, () => records(perTick));
  const frames = perTick * ticks.length;
  const idle = await used(gateway.pid, () => sleep(ms));
  const wanted = (await gateway.read()) + frames;
  const live = await used(gateway.pid, async () => {
    const from = performance.now();
    for (let sent = 0; sent < ticks.length;) {
      const due = Math.min(ticks.length, Math.floor((performance.now() - from) / TICK_MS) + 1);
      if (due === sent) await sleep(TICK_MS / 4);
      else await namespace.produce(ticks.slice(sent, due).flat());
      sent = due;
    }
    await untilRead(gateway, wanted);
  });
  return ((live.processor - (idle.processor / idle.seconds) * live.seconds) / frames) * 1e6;
}

/** @throws after a minute */
async function untilRead(gateway: Gateway, frames: number): Promise<void> {
  const deadline = performance.now() + CATCH_UP_LIMIT_MS;
  while ((await gateway.read()) < frames) {
    if (performance.now() > deadline) throw new Error(`the gateway has not read ${frames} frames`);
    await sleep(POLL_MS);
  }
}

/** Processor seconds that the gateway used while `work` ran, and how long that was. */
async function used(pid: number, work: () => Promise<void>): Promise<{ processor: number; seconds: number }> {
  const [at, before] = [performance.now(), processorSeconds(pid)];
  await work();
  return { processor: processorSeconds(pid) - before, seconds: (performance.now() - at) / 1_000 };
}

const owners = Array.from({ length: ROOMS }, () => randomUUID());

function records(count: number): OutRecord[] {
  return Array.from({ length: count }, (_, at) => {
    const ownerId = owners[at % ROOMS] ?? '';
    return encodeFrame({ ...newEvent(ownerId, at, TEXT_CHARACTERS), subjects: null, ownerId });
  });
}
