import type { Fleet } from '../../scripts/fleet.ts';
import { readProcfile } from '../../scripts/fleet/procfile.ts';
import type { PaceAnswered, PaceTold } from '../load/posts-and-frames.ts';
import { startGenerator } from './children.ts';
import { alternate, atMost, type Bench, type Measure } from './figure.ts';
import { hopDelays, type Pace } from './hop.ts';
import type { Namespace } from './namespace.ts';
import { median, percentile, show } from './numbers.ts';
import { busyWhile } from './process-figures.ts';

/** All of the Procfile: what `npm start` runs. */
export const everything = readProcfile().map(({ name }) => name);
export const PARTITIONS = 4;

/** Where a process of the fleet serves. @throws when there is none of that name */
export function portOf(fleet: Fleet, name: string): number {
  const process = fleet.processes.find((one) => one.name === name);
  if (!process) throw new Error(`the fleet has no ${name}`);
  return process.port;
}

/** Who posts what into whose room, how fast. */
export interface Posting {
  readonly kind: PaceTold['kind'];
  readonly owner: string;
  /** The authors', who post in turn. */
  readonly tokens: readonly string[];
  readonly pace: Pace;
  /** Bounds on ours ÷ one bare hop. */
  readonly targets: { readonly p50?: number; readonly p99: number };
  /** Called after each round with the number of posts so far. @throws when they have had another effect than they should */
  check?(posted: number): Promise<void>;
}

const plural = { message: 'messages', donate: 'donations' } as const;

interface Round {
  readonly p50: number;
  readonly p99: number;
  /** Of a core, by the load generator. */
  readonly busy: number;
}

/**
 * Delays from when a post was due to its frame at a viewer, through the whole product, and those of one hop through the
 * same Kafka at the same rate, in turn.
 * @throws when a frame is lost or comes twice
 */
export async function comparePostToFrame(bench: Bench, namespace: Namespace, posting: Posting) {
  const { pace, targets } = posting;
  const fleet = await namespace.start(everything);
  const hopName = 'kafkajs, one hop';
  let posted = 0;
  const ours = async () => {
    const round = await throughProduct(fleet, posting);
    posted += round.posted;
    await posting.check?.(posted);
    return round;
  };
  const hop = async () => ({ ...toDelays(await hopDelays(namespace, PARTITIONS, pace)), busy: NaN });
  const contestants: readonly { readonly name: string; measure(): Promise<Round> }[] = [
    { name: 'ours', measure: ours },
    { name: hopName, measure: hop },
  ];
  const results = await alternate(bench.rounds, contestants, async ({ name, measure }) => {
    const round = await measure();
    bench.log(`${name}: p50 ${show(round.p50)} ms, p99 ${show(round.p99)} ms`);
    return round;
  });
  const [own = [], bare = []] = results.values();
  const toMeasure = (rank: 'p50' | 'p99'): Measure => {
    const target = targets[rank];
    const peer = { name: hopName, values: bare.map((round) => round[rank]) };
    return {
      ...{ what: `${pace.perSecond} ${plural[posting.kind]}/s: delay, ${rank}`, unit: 'ms' },
      ...{ ours: own.map((round) => round[rank]) },
      peers: [target === undefined ? peer : { ...peer, target: atMost(target) }],
    };
  };
  const busy = show(median(own.map((round) => round.busy)));
  const note = `the load generator, who was the viewer too, kept ${busy} of a core busy`;
  return { measures: [toMeasure('p50'), toMeasure('p99')], notes: [note] };
}

async function throughProduct(fleet: Fleet, { kind, owner, tokens, pace }: Posting) {
  const generator = startGenerator<PaceTold, PaceAnswered>('load/posts-and-frames.ts');
  try {
    const ports = { httpPort: portOf(fleet, 'ingress'), gatewayPort: portOf(fleet, 'ws-gateway') };
    const answer = generator.next(() => true);
    generator.tell({ kind, owner, tokens, ...ports, ...pace });
    const { result, busy } = await busyWhile([generator.pid], () => answer);
    if (result.kind === 'failed') throw new Error(result.why);
    if (result.lost > 0) throw new Error(`${result.lost} frames of ${result.posted} never arrived`);
    if (result.doubled > 0) throw new Error(`${result.doubled} frames of ${result.posted} came twice`);
    return { ...toDelays(result.delaysMs), posted: result.posted, busy };
  } finally {
    await generator.stop();
  }
}

const toDelays = (all: readonly number[]) => ({ p50: percentile(all, 0.5), p99: percentile(all, 0.99) });
