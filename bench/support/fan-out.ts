import { cpus } from 'node:os';
import { type Audience, startAudience } from './audience.ts';
import { isolate, shareAgain } from './cores.ts';
import { alternate, type Bench, type Measure, type Outcome, type Target } from './figure.ts';
import { median, show } from './numbers.ts';
import { startOurRoom } from './our-room.ts';
import { type Running, startPeerRoom } from './peer-room.ts';
import { peerRooms } from './peers.ts';
import { type Saturated, saturate } from './saturate.ts';

/** Targets by the peer's name. */
type Targets = Readonly<Record<string, Target>>;

export interface Question {
  readonly viewers: number;
  /** Events on their way at once, where not as many as a server can take. */
  readonly underWay?: number;
  readonly rate: Targets;
  readonly processor: Targets;
}

/** Fills a room of ours and of each peer in turn, and compares deliveries a second and the server's time for them. */
export async function compareFanOut(bench: Bench, questions: readonly Question[]): Promise<Outcome> {
  const stack = await bench.stack();
  const { rooms, skipped } = peerRooms(bench);
  const running: Running[] = [];
  const audience = startAudience(Math.max(1, Math.min(4, cpus().length - 1)));
  try {
    running.push(await startOurRoom(stack));
    for (const peer of rooms) running.push(await startPeerRoom(peer));
    const servers = running.map(({ server }) => server);
    const measures: Measure[] = [];
    const notes: string[] = [isolate(stack, [audience], servers)];
    for (const question of questions) {
      const results = await measure(bench, audience, running, question);
      measures.push(...toMeasures(question, results));
      notes.push(busyNote(question, results));
    }
    return { measures, skipped, notes };
  } finally {
    shareAgain(stack);
    await audience.stop();
    await Promise.all(running.map((one) => one.stop()));
  }
}

type Results = ReadonlyMap<Running, readonly Saturated[]>;

function measure(
  bench: Bench,
  audience: Audience,
  running: readonly Running[],
  { viewers, underWay }: Question,
): Promise<Results> {
  const load = bench.quick
    ? { viewers, underWay, warmUpMs: 200, measureMs: 500 }
    : { viewers, underWay, warmUpMs: 1_500, measureMs: 5_000 };
  return alternate(bench.rounds, running, async ({ server }) => {
    const result = await saturate(server, audience, load);
    bench.log(`${viewers} viewers, ${server.name}: ${show(result.deliveriesPerSecond)} deliveries/s`);
    return result;
  });
}

const title = ({ viewers, underWay }: Question) =>
  `${viewers.toLocaleString('en-US')} viewers${underWay === undefined ? '' : `, ${underWay} events under way`}`;

function toMeasures(question: Question, results: Results): Measure[] {
  const [ours, ...peers] = [...results];
  const toMeasure = (what: string, unit: string, targets: Targets, pick: (one: Saturated) => number): Measure => ({
    ...{ what: `${title(question)}: ${what}`, unit },
    ours: (ours?.[1] ?? []).map(pick),
    peers: peers.map(([{ server }, values]) => ({
      ...{ name: server.name, values: values.map(pick), target: targets[server.name] },
    })),
  });
  return [
    toMeasure('deliveries', '/s', question.rate, (one) => one.deliveriesPerSecond),
    toMeasure('server CPU per million', 's', question.processor, (one) => one.processorSecondsPerMillion),
  ];
}

function busyNote(question: Question, results: Results): string {
  const parts = [...results].map(
    ([{ server }, values]) => `${server.name} ${show(median(values.map((one) => one.generatorBusy)))}`,
  );
  return `${title(question)}: the load generator kept this many cores busy: ${parts.join(', ')}`;
}
