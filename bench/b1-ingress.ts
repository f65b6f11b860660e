import { randomUUID } from 'node:crypto';
import { choosePort } from '../scripts/stack/ports.ts';
import type { PostsAnswered, PostsTold } from './load/posts.ts';
import { nodeProgram, startGenerator, startServer } from './support/children.ts';
import {
  alternate,
  atLeast,
  type Bench,
  type Figure,
  type Measure,
  type Outcome,
  type Target,
} from './support/figure.ts';
import { openNamespace, type Namespace } from './support/namespace.ts';
import { median, show } from './support/numbers.ts';
import { busyWhile, processorSeconds } from './support/process-figures.ts';
import { withTopic } from './support/topic.ts';

/** What a post costs at the real ingress, produced to the real Kafka and answered once the broker has it. */
export const ingress: Figure = { id: 'B1', title: 'Posting through the ingress', run };

const CONNECTIONS = 64;
const TOKENS = 500;
const PARTITIONS = 4;
const UNREACHED = '99999/1s';
/** A quick run only shows that each figure can be measured: a machine that holds an ingress up for seconds is no answer. */
const QUICK_ATTEMPTS = 3;

const bodies = {
  message: { path: '/chat/message/add', body: { message: 'Nobody expects the fourth encore :)', is_public: true } },
  donate: { path: '/chat/donate/add', body: { sum: 15.5, message: { message: 'For the encore', is_public: true } } },
} as const;
type Route = keyof typeof bodies;

const EXPRESS = 'Express 5 + jsonwebtoken + ajv';
const HTTP = 'node:http, same verify';

interface PlainPeer {
  readonly name: string;
  readonly file: string;
  /** Of our posts a second ÷ this peer's. */
  readonly target?: Target;
}

/** The first of each kind publishes to nobody, which is less than ours does; the others answer once Kafka has the post, as ours. */
const plainPeers: readonly PlainPeer[] = [
  { name: EXPRESS, file: 'plain/express.ts', target: atLeast(4) },
  { name: `${EXPRESS} + kafkajs, a send per post`, file: 'plain/express-kafka.ts', target: atLeast(4) },
  { name: `${EXPRESS} + kafkajs, batched`, file: 'plain/express-kafka-batched.ts' },
  { name: HTTP, file: 'plain/node-http.ts', target: atLeast(0.6) },
  { name: `${HTTP}, kafkajs`, file: 'plain/node-http-kafka.ts', target: atLeast(0.6) },
];
const targets: ReadonlyMap<string, Target | undefined> = new Map(plainPeers.map(({ name, target }) => [name, target]));

interface Server {
  readonly name: string;
  readonly port: number;
  readonly pid: number;
  stop(): Promise<void>;
}

interface Posted {
  readonly perSecond: number;
  readonly processorMicroseconds: number;
  readonly generatorBusy: number;
}

async function run(bench: Bench): Promise<Outcome> {
  const namespace = await openNamespace(await bench.stack(), PARTITIONS);
  try {
    return await withTopic(namespace, PARTITIONS, (topic) => compare(bench, namespace, topic));
  } finally {
    await namespace.close();
  }
}

/** @param topic where the peers that publish do so */
async function compare(bench: Bench, namespace: Namespace, topic: string): Promise<Outcome> {
  const servers: Server[] = [];
  try {
    servers.push(await startIngress(namespace, 'ours', {}));
    servers.push(await startIngress(namespace, 'ours, every post counted in Redis', unreachedLimits));
    for (const peer of plainPeers) servers.push(await startPlain(namespace, peer, topic));
    const tokens = Array.from({ length: TOKENS }, () =>
      namespace.sign({ sub: randomUUID(), type: 'client', owner: randomUUID(), name: 'Finn' }),
    );
    const measures: Measure[] = [];
    const notes = [
      'ours runs without rate limits, as the peers do',
      'ours and the peers with kafkajs in their name answer a post once Kafka has it; the other peers publish it to nobody, which is less work',
    ];
    for (const route of ['message', 'donate'] as const) {
      const results = await alternate(bench.rounds, servers, (server) =>
        attempted(bench.quick ? QUICK_ATTEMPTS : 1, () => post(bench, server, route, tokens)),
      );
      measures.push(...toMeasures(route, results));
      const busy = [...results].map(
        ([{ name }, all]) => `${name} ${show(median(all.map((one) => one.generatorBusy)))}`,
      );
      notes.push(`${route}: the load generator kept this much of a core busy: ${busy.join(', ')}`);
    }
    return { measures, skipped: [], notes };
  } finally {
    await Promise.all(servers.map((server) => server.stop()));
  }
}

const unreachedLimits = Object.fromEntries(
  ['MESSAGES', 'DONATIONS', 'REQUESTS'].map((name) => [`RATE_LIMIT_${name}`, UNREACHED]),
);

async function startIngress(namespace: Namespace, name: string, env: Record<string, string>): Promise<Server> {
  const fleet = await namespace.start(['services', 'ingress'], env);
  const process = fleet.processes.find((one) => one.name === 'ingress');
  if (!process) throw new Error('the Procfile has no ingress');
  return { name, port: process.port, pid: process.pid, stop: () => fleet.stop() };
}

async function startPlain({ secret, brokers }: Namespace, { name, file }: PlainPeer, topic: string): Promise<Server> {
  const port = await choosePort();
  const program = nodeProgram(file, [String(port), '0']);
  const env = { JWT_SECRET: secret, KAFKA_BROKERS: brokers.join(','), TOPIC: topic };
  const { pid, stop } = await startServer({ ...program, env });
  return { name, port, pid, stop };
}

async function attempted<T>(attempts: number, work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      if (attempt === attempts) throw error;
    }
  }
}

async function post(bench: Bench, server: Server, route: Route, tokens: readonly string[]): Promise<Posted> {
  const generator = startGenerator<PostsTold, PostsAnswered>('load/posts.ts');
  try {
    const times = bench.quick ? { warmUpMs: 200, measureMs: 500 } : { warmUpMs: 2_000, measureMs: 5_000 };
    // Both are awaited from here on: a bench that is held up hears of them together.
    const warm = generator.next(({ kind }) => kind === 'warm');
    const done = generator.next(({ kind }) => kind === 'done');
    done.catch(() => undefined); // where the generator ends before, `warm` says so
    const requests = tokens.map((token) => request(server.port, route, token));
    generator.tell({ port: server.port, connections: CONNECTIONS, requests, ...times });
    await warm;
    const before = processorSeconds(server.pid);
    const { result, busy } = await busyWhile([generator.pid], () => done);
    const used = processorSeconds(server.pid) - before;
    if (result.kind !== 'done') throw new Error('the load generator said something else');
    if (result.refused !== null) throw new Error(`${server.name} answered: ${result.refused}`);
    const perSecond = result.answered / result.seconds;
    bench.log(`${route}, ${server.name}: ${show(perSecond)} posts/s`);
    return { perSecond, processorMicroseconds: (used * 1e6) / result.answered, generatorBusy: busy };
  } finally {
    await generator.stop();
  }
}

function request(port: number, route: Route, token: string): string {
  const { path, body } = bodies[route];
  const text = JSON.stringify(body);
  return [
    `POST ${path} HTTP/1.1`,
    `Host: 127.0.0.1:${port}`,
    `Authorization: Bearer ${token}`,
    'Content-Type: application/json',
    `Content-Length: ${Buffer.byteLength(text)}`,
    `\r\n${text}`,
  ].join('\r\n');
}

function toMeasures(route: Route, results: ReadonlyMap<Server, readonly Posted[]>): Measure[] {
  const [ours, ...peers] = [...results];
  const toMeasure = (what: string, unit: string, pick: (one: Posted) => number, isTarget: boolean): Measure => ({
    ...{ what: `${route}: ${what}`, unit, ours: (ours?.[1] ?? []).map(pick) },
    peers: peers.map(([{ name }, all]) => ({
      ...{ name, values: all.map(pick), target: isTarget ? targets.get(name) : undefined },
    })),
  });
  return [
    toMeasure('posts', '/s', (one) => one.perSecond, true),
    toMeasure('server CPU a post', 'µs', (one) => one.processorMicroseconds, false),
  ];
}
