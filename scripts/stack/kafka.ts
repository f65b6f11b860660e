import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { Kafka, logLevel } from 'kafkajs';
import { choosePort } from './ports.ts';
import { run } from './run.ts';
import { createServerPart, type Part } from './server.ts';

/** Fixed, so that a data directory of this stack is always one that this broker may open. */
const clusterId = 'cm9zdHJhLWxvY2FsLWthZg';

/** Starts one broker, its own controller, in the directory on free ports; resolves once it answers. */
export async function startKafka(
  directory: string,
  libraries: string,
  partitions: number,
): Promise<{ part: Part; brokers: string }> {
  const dataDirectory = `${directory}/kafka`;
  await mkdir(dataDirectory, { recursive: true });
  const [port, controllerPort] = [await choosePort(), await choosePort()];
  const properties = `${directory}/kafka.properties`;
  await writeFile(properties, serverProperties({ port, controllerPort, dataDirectory, partitions }));
  if (!existsSync(`${dataDirectory}/meta.properties`)) await format(libraries, properties);
  const part = createServerPart({
    name: 'kafka',
    command: 'java',
    args: ['-Xmx384m', ...javaArguments(libraries), 'kafka.Kafka', properties],
    port,
    directory,
    readyTimeoutMs: 90_000,
    isAnswering: () => takesConsumers(port),
  });
  await part.start();
  return { part, brokers: `127.0.0.1:${port}` };
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
    if ((await admin.describeCluster()).brokers.length !== 1) return false;
    // Asking for a group makes the topic of all groups' offsets: without it a fresh broker refuses its first consumers.
    const { groups } = await admin.describeGroups(['nobody-is-called-so']);
    return groups[0]?.state === 'Dead';
  } finally {
    await admin.disconnect();
  }
}

interface Layout {
  port: number;
  controllerPort: number;
  dataDirectory: string;
  partitions: number;
}

/** One node that is broker and controller; every internal topic has one replica, since there is one broker. */
function serverProperties({ port, controllerPort, dataDirectory, partitions }: Layout): string {
  return [
    'process.roles=broker,controller',
    'node.id=1',
    `controller.quorum.voters=1@127.0.0.1:${controllerPort}`,
    `listeners=PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controllerPort}`,
    `advertised.listeners=PLAINTEXT://127.0.0.1:${port}`,
    'listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT',
    'controller.listener.names=CONTROLLER',
    'inter.broker.listener.name=PLAINTEXT',
    `log.dirs=${dataDirectory}`,
    `num.partitions=${partitions}`,
    'auto.create.topics.enable=false',
    'default.replication.factor=1',
    'min.insync.replicas=1',
    'offsets.topic.replication.factor=1',
    'offsets.topic.num.partitions=4',
    'transaction.state.log.replication.factor=1',
    'transaction.state.log.min.isr=1',
    'transaction.state.log.num.partitions=4',
    'share.coordinator.state.topic.replication.factor=1',
    'share.coordinator.state.topic.min.isr=1',
    'group.initial.rebalance.delay.ms=0',
    // A killed broker is let in again only once its former session has ended: 9 s unless told otherwise.
    'broker.heartbeat.interval.ms=500',
    'broker.session.timeout.ms=4000',
    'log.cleaner.dedupe.buffer.size=8388608',
    '',
  ].join('\n');
}
