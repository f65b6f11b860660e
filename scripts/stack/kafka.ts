import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { Kafka, logLevel } from 'kafkajs';
import { choosePort } from './ports.ts';
import { run } from './run.ts';
import { createServerPart, type Part } from './server.ts';

/** Fixed, so that a data directory of this stack is always one that this broker may open. */
const clusterId = 'cm9zdHJhLWxvY2FsLWthZg';

const partNames = ['kafka', 'kafka-2', 'kafka-3'] as const;

export type KafkaPartName = (typeof partNames)[number];

/** A listener of the broker that tells its clients the port of a proxy, so that whoever comes in by it stays behind. */
export interface KafkaDoor {
  /** The listener's name, in upper case. */
  readonly name: string;
  /** Where the broker listens, on 127.0.0.1: what the proxy leads to. */
  readonly port: number;
  /** Where the proxy listens, on 127.0.0.1. */
  readonly advertisedPort: number;
}

export interface KafkaOptions {
  /** The folder of Kafka's jars. */
  readonly libraries: string;
  /** Of topics made without a count of their own. */
  readonly partitions: number;
  /** Three are a quorum that keeps every record thrice, two of them before it is acknowledged. */
  readonly brokers: 1 | 3;
  /** Of a single broker only. */
  readonly doors: readonly KafkaDoor[];
}

/**
 * Starts brokers that are their own controllers, in the directory on free ports; resolves once all answer. One of three
 * answers again only while another one runs.
 */
export async function startKafka(
  directory: string,
  options: KafkaOptions,
): Promise<{ parts: Partial<Record<KafkaPartName, Part>>; brokers: string }> {
  if (options.brokers > 1 && options.doors.length > 0) throw new Error('doors are for a single broker');
  const nodes = await Promise.all(partNames.slice(0, options.brokers).map((name, at) => layNode(directory, name, at)));
  await Promise.all(nodes.map((node) => prepare(node, nodes, options)));
  const parts = nodes.map((node) => [node.name, createNodePart(node, options.libraries)] as const);
  const outcomes = await Promise.allSettled(parts.map(([, part]) => part.start()));
  const failure = outcomes.find((outcome) => outcome.status === 'rejected');
  if (failure) {
    await stopKafka(parts.map(([, part]) => part));
    throw failure.reason;
  }
  return { parts: Object.fromEntries(parts), brokers: nodes.map(({ port }) => `127.0.0.1:${port}`).join() };
}

/** Ends them all: several by force, since the last one would wait in vain for a quorum to let it go. */
export async function stopKafka(parts: readonly Part[]): Promise<void> {
  if (parts.length > 1) await Promise.all(parts.map((part) => part.kill('SIGKILL')));
  await Promise.all(parts.map((part) => part.stop()));
}

interface Node {
  name: KafkaPartName;
  id: number;
  port: number;
  controllerPort: number;
  /** Holds the log and the pid file. */
  directory: string;
  dataDirectory: string;
  properties: string;
}

async function layNode(directory: string, name: KafkaPartName, at: number): Promise<Node> {
  const [port, controllerPort] = [await choosePort(), await choosePort()];
  const [dataDirectory, properties] = [`${directory}/${name}`, `${directory}/${name}.properties`];
  return { name, id: at + 1, port, controllerPort, directory, dataDirectory, properties };
}

async function prepare(node: Node, nodes: readonly Node[], options: KafkaOptions): Promise<void> {
  await mkdir(node.dataDirectory, { recursive: true });
  await writeFile(node.properties, serverProperties(node, nodes, options));
  if (!existsSync(`${node.dataDirectory}/meta.properties`)) await format(options.libraries, node.properties);
}

function createNodePart({ name, port, directory, properties }: Node, libraries: string): Part {
  return createServerPart({
    ...{ name, port, directory },
    command: 'java',
    args: ['-Xmx384m', ...javaArguments(libraries), 'kafka.Kafka', properties],
    readyTimeoutMs: 90_000,
    isAnswering: () => takesConsumers(port),
  });
}

function javaArguments(libraries: string): string[] {
  return [
    ...['-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-XX:-UsePerfData'],
    ...['-Dorg.slf4j.simpleLogger.defaultLogLevel=warn', '-Dorg.slf4j.simpleLogger.showDateTime=true'],
    ...['-Dorg.slf4j.simpleLogger.dateTimeFormat=HH:mm:ss.SSS', '-cp', `${libraries}/*`],
  ];
}

async function format(libraries: string, properties: string): Promise<void> {
  const args = ['kafka.tools.StorageTool', 'format', '--ignore-formatted', '-t', clusterId, '-c', properties];
  await run(['java', ...javaArguments(libraries), ...args]);
}

async function takesConsumers(port: number): Promise<boolean> {
  const admin = new Kafka({
    brokers: [`127.0.0.1:${port}`],
    logLevel: logLevel.NOTHING,
    connectionTimeout: 1_000,
    requestTimeout: 2_000,
    retry: { retries: 0 },
  }).admin();
  try {
    await admin.connect();
    if (!(await admin.describeCluster()).brokers.some((broker) => broker.port === port)) return false;
    // Asking for a group makes the topic of all groups' offsets: without it a fresh broker refuses its first consumers.
    const { groups } = await admin.describeGroups(['nobody-is-called-so']);
    return groups[0]?.state === 'Dead';
  } finally {
    await admin.disconnect();
  }
}

/** A node that is broker and controller. */
function serverProperties(node: Node, nodes: readonly Node[], { partitions, doors }: KafkaOptions): string {
  const own = `PLAINTEXT://127.0.0.1:${node.port}`;
  const listeners = doors.map(({ name, port }) => `${name}://127.0.0.1:${port}`);
  const advertised = doors.map(({ name, advertisedPort }) => `${name}://127.0.0.1:${advertisedPort}`);
  const [replicas, inSync] = nodes.length > 1 ? [3, 2] : [1, 1];
  return [
    'process.roles=broker,controller',
    `node.id=${node.id}`,
    `controller.quorum.voters=${nodes.map(({ id, controllerPort }) => `${id}@127.0.0.1:${controllerPort}`).join()}`,
    `listeners=${[own, ...listeners, `CONTROLLER://127.0.0.1:${node.controllerPort}`].join()}`,
    `advertised.listeners=${[own, ...advertised].join()}`,
    `listener.security.protocol.map=${['PLAINTEXT', 'CONTROLLER', ...doors.map(({ name }) => name)].map((name) => `${name}:PLAINTEXT`).join()}`,
    'controller.listener.names=CONTROLLER',
    'inter.broker.listener.name=PLAINTEXT',
    `log.dirs=${node.dataDirectory}`,
    `num.partitions=${partitions}`,
    'auto.create.topics.enable=false',
    `default.replication.factor=${replicas}`,
    `min.insync.replicas=${inSync}`,
    `offsets.topic.replication.factor=${replicas}`,
    'offsets.topic.num.partitions=4',
    // Longer than any topic keeps its records: a group that was away must not find its place forgotten.
    'offsets.retention.minutes=43200',
    `transaction.state.log.replication.factor=${replicas}`,
    `transaction.state.log.min.isr=${inSync}`,
    'transaction.state.log.num.partitions=4',
    `share.coordinator.state.topic.replication.factor=${replicas}`,
    `share.coordinator.state.topic.min.isr=${inSync}`,
    'group.initial.rebalance.delay.ms=0',
    // A killed broker is let in again only once its former session has ended: 9 s unless told otherwise.
    'broker.heartbeat.interval.ms=500',
    'broker.session.timeout.ms=4000',
    'log.cleaner.dedupe.buffer.size=8388608',
    '',
  ].join('\n');
}
