import { cpus } from 'node:os';
import { startAudience } from './support/audience.ts';
import { isolate, shareAgain } from './support/cores.ts';
import {
  alternate,
  atMost,
  type Bench,
  type Figure,
  type Measure,
  type Outcome,
  type Target,
} from './support/figure.ts';
import { median, show } from './support/numbers.ts';
import { startOurRoom } from './support/our-room.ts';
import { type Running, startPeerRoom } from './support/peer-room.ts';
import { alsoFromKafka, fromKafka, type PeerRooms, peerRooms } from './support/peers.ts';
import { type Steady, steady } from './support/steady.ts';

/** A lively room, not a saturated one: how late an event is at its viewers, and what each delivery costs then. */
export const steadyRoom: Figure = { id: 'A3', title: 'Fan-out at a steady rate', run };

/** Left out, as it has no target here and says no more than the loop over ws that is inside of it. */
const LEFT_OUT = 'socket.io';

type Targets = Readonly<Record<string, Target>>;

/** Ours has Kafka in its delay, as a peer that reads from it; one that is fed over a socket has not, and sets the same bounds. */
const fedEitherWay = (targets: Targets): Targets =>
  Object.fromEntries(
    Object.entries(targets).flatMap(([name, target]) => [
      [name, target],
      [fromKafka(name), target],
    ]),
  );

interface Question {
  readonly perSecond: number;
  readonly p99: Targets;
  readonly processor: Targets;
  /** Of the delay in the last second, ms. A server that lacks only 2 % is later than that at the end. */
  readonly last?: Target;
}

const questions: readonly Question[] = [
  {
    perSecond: 50,
    p99: fedEitherWay({ centrifuge: atMost(1), 'uWebSockets.js': atMost(1.3) }),
    processor: fedEitherWay({ centrifuge: atMost(0.85) }),
  },
  { perSecond: 120, p99: fedEitherWay({ centrifuge: atMost(1) }), processor: {}, last: atMost(100) },
];

type Results = ReadonlyMap<Running, readonly (readonly Steady[])[]>;

async function run(bench: Bench): Promise<Outcome> {
  const stack = await bench.stack();
  const { rooms, skipped } = alsoFromKafka(withoutLeftOut(peerRooms(bench)), stack.env.KAFKA_BROKERS.split(','));
  const viewers = bench.quick ? 20 : 1_000;
  const running: Running[] = [];
  const audience = startAudience(Math.max(1, Math.min(4, cpus().length - 1)));
  try {
    running.push(await startOurRoom(stack));
    for (const peer of rooms) running.push(await startPeerRoom(peer));
    const servers = running.map(({ server }) => server);
    const isolations = new Set<string>();
    const results: Results = await alternate(bench.rounds, running, async ({ server }) => {
      // kafkajs wakes a thousand times a second where it has nothing to do, which is some hundredths of a core.
      const idle = servers.filter((other) => other !== server);
      isolations.add(isolate(stack, [audience], [server], idle));
      await audience.open(server.door, server.seats(viewers), 'one in ten at once');
      try {
        const times = bench.quick ? { warmUpMs: 200, measureMs: 500 } : { warmUpMs: 1_500, measureMs: 5_000 };
        const answers: Steady[] = [];
        for (const { perSecond } of questions) answers.push(await steady(server, audience, { perSecond, ...times }));
        bench.log(`${server.name}: p99 ${answers.map(({ p99 }) => show(p99)).join(' and ')} ms`);
        return answers;
      } finally {
        await audience.close();
      }
    });
    return {
      measures: questions.flatMap((question, at) => toMeasures(question, viewers, at, results)),
      skipped,
      notes: [...isolations, ...questions.map(({ perSecond }, at) => busyNote(perSecond, at, results)), ...notes],
    };
  } finally {
    shareAgain(stack);
    await audience.stop();
    await Promise.all(running.map((one) => one.stop()));
  }
}

function withoutLeftOut({ rooms, skipped }: PeerRooms): PeerRooms {
  return {
    rooms: rooms.filter(({ name }) => name !== LEFT_OUT),
    skipped: skipped.filter(({ what }) => what !== LEFT_OUT),
  };
}

const notes = [
  'delays count from when an event was due to be published: ours, and the peers "from Kafka", get it through Kafka after that, the other peers over a TCP socket, which is less work',
  'one viewer in ten reads at once and is timed; the others read ten times a second; all got every event once',
];

function toMeasures(
  { perSecond, p99, processor, last }: Question,
  viewers: number,
  at: number,
  results: Results,
): Measure[] {
  const [ours, ...peers] = [...results];
  const toMeasure = (what: string, unit: string, targets: Targets, pick: (one: Steady) => number): Measure => {
    const values = (rounds: readonly (readonly Steady[])[] = []) =>
      rounds.flatMap((answers) => answers.slice(at, at + 1)).map(pick);
    return {
      ...{ what: `${viewers.toLocaleString('en-US')} viewers, ${perSecond} events/s: ${what}`, unit },
      ours: values(ours?.[1]),
      peers: peers.map(
        ([
          {
            server: { name },
          },
          rounds,
        ]) => ({ name, values: values(rounds), target: targets[name] }),
      ),
    };
  };
  return [
    toMeasure('delay, p50', 'ms', {}, (one) => one.p50),
    toMeasure('delay, p99', 'ms', p99, (one) => one.p99),
    { ...toMeasure('delay in the last second, p50', 'ms', {}, (one) => one.lastP50), limit: last },
    toMeasure('server CPU per million', 's', processor, (one) => one.processorSecondsPerMillion),
  ];
}

function busyNote(perSecond: number, at: number, results: Results): string {
  const busy = (rounds: readonly (readonly Steady[])[]) =>
    show(median(rounds.map((answers) => answers[at]?.generatorBusy ?? NaN)));
  const parts = [...results].map(([{ server }, rounds]) => `${server.name} ${busy(rounds)}`);
  return `${perSecond} events/s: the load generator kept this many cores busy: ${parts.join(', ')}`;
}
