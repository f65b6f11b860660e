import { randomUUID } from 'node:crypto';
import type { PhasesAnswered, PhasesTold } from './load/phases.ts';
import type { LogAnswered, LogTold } from './load/room-log.ts';
import { startGenerator } from './support/children.ts';
import { type Bench, type Figure, type Measure, type Outcome, ownMeasure } from './support/figure.ts';
import { openNamespace, type Namespace } from './support/namespace.ts';
import { median, percentile, show } from './support/numbers.ts';
import { answered, delaysOf, type Posts, secondsUntilNormal, spansOf } from './support/overload-figures.ts';
import { arrivals, ask, assertSaved, drained, type Poster, postPhases, type Viewer } from './support/overload-run.ts';
import type { Phase } from './support/phase.ts';
import { everything, PARTITIONS, portOf } from './support/post-to-frame.ts';

/** What the whole product does when it is offered twice what it can take, and how soon it is itself again. */
export const overload: Figure = { id: 'C2', title: 'Overload and recovery', run };

const AUTHORS = 500;
/** In the closed loop that finds out what it can take. */
const CHASING_CONNECTIONS = 64;
const NORMAL_PER_SECOND = 500;
const TIMES_NORMAL = 2;
const MEBIBYTE = 1_048_576;
const MOST_GROWTH_MIB = 192;
/** Where the phases stand: warm-up, normal, overload, normal again. */
const OVERLOAD = 2;
const AFTER = 3;

interface Sizes {
  readonly chaseMs: number;
  readonly warmUpMs: number;
  readonly normalMs: number;
  readonly overloadMs: number;
  readonly afterMs: number;
  /** More than the ingress has room for: 2,000 posts may wait there for the broker. */
  readonly connections: number;
}

interface Round {
  readonly sustainable: number;
  readonly normalPerSecond: number;
  readonly normalP99Ms: number;
  readonly recoverySeconds: number;
  readonly isRecovered: boolean;
  readonly worstMs: number;
  readonly accepted: number;
  readonly shed: number;
  readonly unsent: number;
  readonly ingressMiB: number;
  readonly gatewayMiB: number;
  readonly busy: number;
}

async function run(bench: Bench): Promise<Outcome> {
  const sizes: Sizes = bench.quick
    ? { chaseMs: 500, warmUpMs: 500, normalMs: 1_000, overloadMs: 1_000, afterMs: 6_000, connections: 200 }
    : { chaseMs: 5_000, warmUpMs: 3_000, normalMs: 10_000, overloadMs: 10_000, afterMs: 20_000, connections: 2_500 };
  const rounds: Round[] = [];
  while (rounds.length < bench.rounds) {
    // Fresh processes each time: memory that one round has claimed would hide what the next one needs.
    const namespace = await openNamespace(await bench.stack(), PARTITIONS);
    try {
      const round = await overloadOnce(namespace, sizes);
      bench.log(
        `offered ${show(2 * round.sustainable)}/s: ${show(round.shed)} shed, normal after ${round.recoverySeconds} s`,
      );
      rounds.push(round);
    } finally {
      await namespace.close();
    }
  }
  return { measures: toMeasures(rounds, sizes), skipped: [], notes: toNotes(rounds, sizes) };
}

async function overloadOnce(namespace: Namespace, sizes: Sizes): Promise<Round> {
  const fleet = await namespace.start(everything);
  const owner = randomUUID();
  const [token = '', ...tokens] = Array.from({ length: AUTHORS + 1 }, () =>
    namespace.sign({ sub: randomUUID(), type: 'client', owner, name: 'Finn' }),
  );
  const poster: Poster = startGenerator<PhasesTold, PhasesAnswered>('load/phases.ts');
  const viewer: Viewer = startGenerator<LogTold, LogAnswered>('load/room-log.ts');
  try {
    const { connections } = sizes;
    await ask(poster, { kind: 'prepare', port: portOf(fleet, 'ingress'), connections, tokens }, 'prepared');
    await ask(viewer, { kind: 'enter', port: portOf(fleet, 'ws-gateway'), owner, token }, 'entered');
    const sustainable = await sustainableRate(poster, sizes);
    await drained(namespace);
    const normalPerSecond = Math.min(NORMAL_PER_SECOND, Math.floor(sustainable / 2));
    const phases = [
      { perSecond: normalPerSecond, forMs: sizes.warmUpMs },
      { perSecond: normalPerSecond, forMs: sizes.normalMs },
      { perSecond: 2 * sustainable, forMs: sizes.overloadMs },
      { perSecond: normalPerSecond, forMs: sizes.afterMs },
    ];
    const pids = ['ingress', 'ws-gateway'].map((name) => fleet.processes.find((one) => one.name === name)?.pid ?? 0);
    const { grewBytes, busy, ...posted } = await postPhases(poster, phases, pids, OVERLOAD);
    const posts = await arrivals(viewer, posted);
    await drained(namespace);
    await assertSaved(namespace, owner, posts);
    const [ingressMiB = NaN, gatewayMiB = NaN] = grewBytes.map((bytes) => bytes / MEBIBYTE);
    return { sustainable, normalPerSecond, ...judge(posts, phases), ingressMiB, gatewayMiB, busy };
  } finally {
    await Promise.all([poster.stop(), viewer.stop()]);
  }
}

/** What a closed loop is answered once it is warm. */
async function sustainableRate(poster: Poster, { chaseMs }: Sizes): Promise<number> {
  const chase = { kind: 'chase', connections: CHASING_CONNECTIONS, forMs: chaseMs } as const;
  await ask(poster, chase, 'chased');
  const chased = await ask(poster, chase, 'chased');
  return Math.floor(chased.answered / chased.seconds);
}

function judge(posts: Posts, phases: readonly Phase[]) {
  const [, normal, overloaded, after] = spansOf(phases);
  if (!normal || !overloaded || !after) throw new Error('there are four phases');
  const normalP99Ms = percentile(delaysOf(posts, normal), 0.99);
  const recovery = secondsUntilNormal(posts, after, TIMES_NORMAL * normalP99Ms);
  return {
    normalP99Ms,
    // Where it never was, the time for which it was watched: the truth is more.
    recoverySeconds: recovery ?? (phases[AFTER]?.forMs ?? 0) / 1_000,
    isRecovered: recovery !== null,
    worstMs: [overloaded, after].flatMap((span) => delaysOf(posts, span)).reduce((most, one) => Math.max(most, one), 0),
    accepted: answered(posts, overloaded, 201),
    shed: answered(posts, overloaded, 503),
    unsent: answered(posts, overloaded, 0),
  };
}

function toMeasures(rounds: readonly Round[], { overloadMs }: Sizes): Measure[] {
  const own = (what: string, unit: string, pick: (round: Round) => number, most?: number) =>
    ownMeasure(what, unit, rounds.map(pick), most);
  const perSecond = (count: number) => count / (overloadMs / 1_000);
  return [
    own(`p99 of a second at most ${TIMES_NORMAL}x of before, after`, 's', (round) => round.recoverySeconds, 5),
    own('ingress: memory grew by', 'MiB', ({ ingressMiB }) => ingressMiB, MOST_GROWTH_MIB),
    own('ws-gateway: memory grew by', 'MiB', ({ gatewayMiB }) => gatewayMiB, MOST_GROWTH_MIB),
    own('sustainable, closed loop: posts', '/s', ({ sustainable }) => sustainable),
    own('before: delay, p99', 'ms', ({ normalP99Ms }) => normalP99Ms),
    own('overload: answered 201', '/s', ({ accepted }) => perSecond(accepted)),
    own('overload: answered 503', '/s', ({ shed }) => perSecond(shed)),
    own('overload: no connection free', '/s', ({ unsent }) => perSecond(unsent)),
    own('overload and after: worst delay', 'ms', ({ worstMs }) => worstMs),
  ];
}

function toNotes(rounds: readonly Round[], sizes: Sizes): string[] {
  const middle = (pick: (round: Round) => number) => show(median(rounds.map(pick)));
  const unrecovered = rounds.filter(({ isRecovered }) => !isRecovered).length;
  const normal = middle(({ normalPerSecond }) => normalPerSecond);
  const seconds = (ms: number) => ms / 1_000;
  return [
    `offered ${middle(({ sustainable }) => 2 * sustainable)} posts/s for ${seconds(sizes.overloadMs)} s over ${sizes.connections} connections, before and after that ${normal} posts/s; one room, one viewer`,
    'each message that was answered 201 was shown once to a viewer who stayed, and saved once; no answer was other than 201 or 503',
    `in the overload the load generator kept ${middle(({ busy }) => busy)} of a core busy`,
    ...(unrecovered > 0 ? [`${unrecovered} rounds were not normal within ${seconds(sizes.afterMs)} s`] : []),
  ];
}
