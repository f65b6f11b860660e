import { mkdir, rm } from 'node:fs/promises';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Product, startProduct } from '../e2e/support/product.ts';
import { choosePort } from '../scripts/stack/ports.ts';
import { type Stack, type StackEnvironment, startStack } from '../scripts/stack/stack.ts';
import type { Proxy } from './proxy.ts';
import { startProxy } from './toxiproxy.ts';

/** What a run of the fault suite works on: servers, a proxy before them, and the product as it would be deployed. */
export interface Ground {
  readonly product: Product;
  readonly stack: Stack;
  readonly proxy: Proxy | null;
  readonly directory: string;
  countLines(text: string): number;
  stop(): Promise<void>;
}

export interface GroundOptions {
  readonly directory: string;
  /** Leads every link through a proxy, which costs throughput. */
  readonly isProxied: boolean;
  /** Three brokers instead of one; without a proxy. */
  readonly isCluster?: boolean;
  /** Other sources than the repository's own: those of a negative control. */
  readonly sources: string | null;
  readonly workersPerGroup: number;
  readonly env: Readonly<Record<string, string>>;
  readonly say: (line: string) => void;
}

const WORKERS = ['save', 'transfer-money', 'sponsor', 'goal', 'queue-to-ws'] as const;
const GATEWAYS = 2;
const SERVICES = 2;
const DOORS = ['ingress', 'services', 'workers', 'gateway'] as const;
type Door = (typeof DOORS)[number];

/** Starts it all on free ports. Stops what it started where something does not come up. */
export async function startGround(options: GroundOptions): Promise<Ground> {
  const directory = resolve(options.directory);
  await mkdir(directory, { recursive: true });
  const plan = await planPorts();
  const doors = DOORS.map((door) => ({ name: door.toUpperCase(), ...plan.kafka[door] }));
  const stack = await startStack({
    directory: `${directory}/stack`,
    given: {},
    log: options.say,
    ...(options.isProxied && { kafkaDoors: doors }),
    ...(options.isCluster && { kafkaBrokers: 3 as const }),
  });
  let proxy: Proxy | null = null;
  try {
    if (options.isProxied) proxy = await startProxy(directory, linksOf(plan, stack.env), options.say);
    const lines: string[] = [];
    const product = await startProduct({
      servers: stack.env,
      counts: { ...Object.fromEntries(WORKERS.map((name) => [name, options.workersPerGroup])), ...COUNTS },
      partitions: 6,
      env: {
        ROSTRA_TEST_BUILD: '1',
        NODE_OPTIONS: collecting,
        WINDOW_BYTES,
        ...(proxy && grpcThroughProxy(plan)),
        ...options.env,
      },
      ports: { services: plan.services, 'ws-gateway': plan.gateways, ingress: [plan.ingress] },
      onLine: (line) => void (lines.length < KEPT_LINES && isKept(line) && lines.push(line)),
      ...(options.sources !== null && { directory: options.sources }),
      ...(proxy && throughProxy(plan, stack.env)),
    });
    return {
      ...{ product, stack, proxy, directory },
      countLines: (text) => lines.filter((line) => line.includes(text)).length,
      async stop() {
        await product.stop();
        await proxy?.stop();
        await stack.stop({ discard: true });
        await rm(directory, { recursive: true, force: true });
      },
    };
  } catch (error) {
    await proxy?.stop();
    await stack.stop({ discard: true });
    throw error;
  }
}

/** What a process holds is measured after its garbage is collected (measure.ts). */
const collecting = `--import=${pathToFileURL(resolve(import.meta.dirname, 'hooks/collect.mjs')).href}`;

/** Small, so that full windows do not look like growth; minutes of the load all the same. */
const WINDOW_BYTES = String(16 * 1024 * 1024);

const COUNTS = { 'ws-gateway': GATEWAYS, services: SERVICES };
const KEPT_LINES = 100_000;

/** Of all that the processes log, what a check may ask for. */
function isKept(line: string): boolean {
  return /crash point|WARN|ERROR|FATAL|ended unexpectedly|warn|error|fatal/.test(line);
}

interface Hop {
  /** Where the server or process itself listens. */
  readonly port: number;
  /** Where the way to it is entered. */
  readonly advertisedPort: number;
}

interface PortPlan {
  readonly kafka: Readonly<Record<Door, Hop>>;
  readonly services: readonly number[];
  readonly gateways: readonly number[];
  readonly ingress: number;
  /** The entries of the links that are no doors of Kafka's, by name. */
  readonly entries: Readonly<Record<string, number>>;
}

const ENTRIES = [
  ...['mysql', 'replica', 'redis-ingress', 'redis-services', 'redis-workers'],
  ...['redis-gateway', 'grpc-1', 'grpc-2', 'http', 'ws-1', 'ws-2'],
];

async function planPorts(): Promise<PortPlan> {
  const kafka: Partial<Record<Door, Hop>> = {};
  for (const door of DOORS) kafka[door] = { port: await choosePort(), advertisedPort: await choosePort() };
  const entries: Record<string, number> = {};
  for (const name of ENTRIES) entries[name] = await choosePort();
  return {
    kafka: kafka as Record<Door, Hop>,
    services: [await choosePort(), await choosePort()],
    gateways: [await choosePort(), await choosePort()],
    ingress: await choosePort(),
    entries,
  };
}

const portOf = (url: string) => Number(new URL(url.includes('://') ? url : `tcp://${url}`).port);

/** The proxy's links, each with where it is entered and where it leads. */
function linksOf(plan: PortPlan, servers: StackEnvironment): { name: string; port: number; upstreamPort: number }[] {
  const targets: Record<string, number> = {
    mysql: portOf(servers.DATABASE_URL),
    replica: portOf(servers.DATABASE_REPLICA_URL ?? servers.DATABASE_URL),
    'grpc-1': plan.services[0] as number,
    'grpc-2': plan.services[1] as number,
    http: plan.ingress,
    'ws-1': plan.gateways[0] as number,
    'ws-2': plan.gateways[1] as number,
  };
  return [
    ...DOORS.map((door) => {
      const { port, advertisedPort } = plan.kafka[door];
      return { name: `kafka-${door}`, port: advertisedPort, upstreamPort: port };
    }),
    ...ENTRIES.map((name) => ({
      ...{ name, port: plan.entries[name] as number },
      upstreamPort: targets[name] ?? portOf(servers.REDIS_URL),
    })),
  ];
}

/** What the processes are told instead of the servers' own addresses. */
function throughProxy(plan: PortPlan, servers: StackEnvironment) {
  const entry = (name: string) => plan.entries[name] as number;
  const through = (url: string, port: number) => url.replace(/:\d+(?=\/|$)/, `:${port}`);
  const worker = {
    KAFKA_BROKERS: `127.0.0.1:${plan.kafka.workers.advertisedPort}`,
    REDIS_URL: through(servers.REDIS_URL, entry('redis-workers')),
  };
  return {
    reroute: (variables: Record<string, string>) =>
      Object.fromEntries(
        Object.entries(variables).map(([name, url]) => [
          name,
          through(url, entry(name.includes('REPLICA') ? 'replica' : 'mysql')),
        ]),
      ),
    envOf: {
      ingress: {
        KAFKA_BROKERS: `127.0.0.1:${plan.kafka.ingress.advertisedPort}`,
        REDIS_URL: through(servers.REDIS_URL, entry('redis-ingress')),
      },
      services: {
        KAFKA_BROKERS: `127.0.0.1:${plan.kafka.services.advertisedPort}`,
        REDIS_URL: through(servers.REDIS_URL, entry('redis-services')),
      },
      ...Object.fromEntries(WORKERS.map((name) => [name, worker])),
      'ws-gateway': {
        KAFKA_BROKERS: `127.0.0.1:${plan.kafka.gateway.advertisedPort}`,
        REDIS_URL: through(servers.REDIS_URL, entry('redis-gateway')),
      },
    },
    httpUrl: `http://127.0.0.1:${entry('http')}`,
    gatewayUrls: [`ws://127.0.0.1:${entry('ws-1')}`, `ws://127.0.0.1:${entry('ws-2')}`],
  };
}

function grpcThroughProxy({ entries }: PortPlan): Record<string, string> {
  const address = `ipv4:127.0.0.1:${entries['grpc-1']},127.0.0.1:${entries['grpc-2']}`;
  return { ROOMS_ADDRESS: address, LEDGER_ADDRESS: address };
}
