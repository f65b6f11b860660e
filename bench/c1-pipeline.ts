import { randomUUID } from 'node:crypto';
import kafkajs from 'kafkajs';
import type { HopAnswered, HopTold } from './load/bare-kafka.ts';
import type { PaceAnswered, PaceTold } from './load/posts-and-frames.ts';
import { type Generator, startGenerator } from './support/children.ts';
import { alternate, atMost, type Bench, type Figure, type Outcome } from './support/figure.ts';
import { type Namespace, openNamespace } from './support/namespace.ts';
import { percentile, show } from './support/numbers.ts';

/** From a post to the frame at a viewer, through the whole product, against one bare hop through Kafka. */
export const pipeline: Figure = { id: 'C1', title: 'From a post to its frame', run };

const AUTHORS = 500;
const PARTITIONS = 4;
/** All of the Procfile: what `npm start` runs. */
const everything = ['services', 'ingress', 'save', 'transfer-money', 'sponsor', 'goal', 'queue-to-ws', 'ws-gateway'];

interface Delays {
  readonly p50: number;
  readonly p99: number;
}

interface Pace {
  readonly perSecond: number;
  readonly warmUpMs: number;
  readonly measureMs: number;
}

async function run(bench: Bench): Promise<Outcome> {
  const namespace = await openNamespace(await bench.stack(), PARTITIONS);
  const pace: Pace = bench.quick
    ? { perSecond: 100, warmUpMs: 500, measureMs: 1_000 }
    : { perSecond: 500, warmUpMs: 5_000, measureMs: 15_000 };
  try {
    const through = await enterProduct(namespace, pace);
    const ours = { name: 'ours', measure: through };
    const hop = { name: 'kafkajs, one hop', measure: () => hopDelays(namespace, pace) };
    const results = await alternate(bench.rounds, [ours, hop], async ({ name, measure }) => {
      const delays = toDelays(await measure());
      bench.log(`${name}: p50 ${show(delays.p50)} ms, p99 ${show(delays.p99)} ms`);
      return delays;
    });
    const values = (one: typeof ours, pick: (delays: Delays) => number) => (results.get(one) ?? []).map(pick);
    const toMeasure = (what: string, target: number, pick: (delays: Delays) => number) => ({
      ...{ what: `${pace.perSecond} messages/s: delay, ${what}`, unit: 'ms', ours: values(ours, pick) },
      peers: [{ name: hop.name, values: values(hop, pick), target: atMost(target) }],
    });
    return {
      measures: [toMeasure('p50', 5, (delays) => delays.p50), toMeasure('p99', 2.5, (delays) => delays.p99)],
      skipped: [],
      notes: ['every process of the product ran and did its work; one room, one viewer; every frame arrived'],
    };
  } finally {
    await namespace.close();
  }
}

const toDelays = (all: readonly number[]): Delays => ({ p50: percentile(all, 0.5), p99: percentile(all, 0.99) });

async function enterProduct(namespace: Namespace, pace: Pace): Promise<() => Promise<readonly number[]>> {
  const fleet = await namespace.start(everything);
  const portOf = (name: string) => fleet.processes.find((process) => process.name === name)?.port ?? 0;
  const owner = randomUUID();
  const tokens = Array.from({ length: AUTHORS }, () =>
    namespace.sign({ sub: randomUUID(), type: 'client', owner, name: 'Finn' }),
  );
  const told = { httpPort: portOf('ingress'), gatewayPort: portOf('ws-gateway'), owner, tokens, ...pace };
  return async () => {
    const generator = startGenerator<PaceTold, PaceAnswered>('load/posts-and-frames.ts');
    try {
      const answer = generator.next(() => true);
      generator.tell(told);
      const result = await answer;
      if (result.kind === 'failed') throw new Error(result.why);
      if (result.lost > 0) throw new Error(`${result.lost} frames never arrived`);
      return result.delaysMs;
    } finally {
      await generator.stop();
    }
  };
}

async function hopDelays(namespace: Namespace, pace: Pace): Promise<readonly number[]> {
  const topic = `${namespace.name}.hop.${randomUUID()}`;
  const admin = new kafkajs.Kafka({ brokers: [...namespace.brokers], logLevel: kafkajs.logLevel.NOTHING }).admin();
  await admin.connect();
  await admin.createTopics({ topics: [{ topic, numPartitions: PARTITIONS }], waitForLeaders: true });
  const consumer = startGenerator<HopTold, HopAnswered>('load/bare-kafka.ts');
  const producer = startGenerator<HopTold, HopAnswered>('load/bare-kafka.ts');
  const told = { brokers: namespace.brokers, topic, ...pace };
  try {
    const done = finished(consumer);
    const ready = consumer.next(({ kind }) => kind === 'ready');
    consumer.tell({ role: 'consume', ...told });
    await ready;
    producer.tell({ role: 'produce', ...told });
    return await Promise.race([done, finished(producer)]);
  } finally {
    await Promise.all([consumer.stop(), producer.stop()]);
    await admin.deleteTopics({ topics: [topic] });
    await admin.disconnect();
  }
}

async function finished(generator: Generator<HopTold, HopAnswered>): Promise<readonly number[]> {
  const answer = await generator.next(({ kind }) => kind === 'done' || kind === 'failed');
  if (answer.kind === 'done') return answer.delaysMs;
  throw new Error(answer.kind === 'failed' ? answer.why : 'the load generator said something else');
}
