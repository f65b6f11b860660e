import { randomBytes } from 'node:crypto';
import jwt from 'jsonwebtoken';
import kafkajs from 'kafkajs';
import { databaseVariables, dropNamespace, migrate } from '../../scripts/migrate.ts';
import { type Fleet, startFleet } from '../../scripts/fleet.ts';
import type { Stack } from '../../scripts/stack/stack.ts';
import { createTopics } from '../../scripts/topics.ts';
import type { Kafka, OutRecord, Producer } from '../../shared/kafka.ts';
import { connectKafka } from '../../shared/kafka-client.ts';
import { createLogger } from '../../shared/logger.ts';
import { topicOnBroker, topics, type TopicName } from '../../shared/topics.ts';
import { chunks } from './chunks.ts';

/** Databases, topics and processes of one measurement, apart from all others on the same servers. */
export interface Namespace {
  readonly name: string;
  readonly secret: string;
  readonly kafka: Kafka;
  readonly brokers: readonly string[];
  /** The address of an account that may do everything, on the server that holds the databases. */
  readonly adminUrl: string;
  /** The name of a context's database. */
  database(context: 'rooms' | 'ledger'): string;
  /** Starts real processes of the product, as `npm start` would, and resolves once all are ready. */
  start(names: readonly string[], env?: Readonly<Record<string, string>>): Promise<Fleet>;
  /** A token as the streaming site would sign it. */
  sign(claims: object): string;
  /** Puts records on their topics, 1,000 a request. */
  produce(records: readonly OutRecord[]): Promise<void>;
  /** Ends all processes and removes all data. */
  close(): Promise<void>;
}

const RECORDS_A_REQUEST = 1_000;
const KEPT_LOG_LINES = 40;

export const RATE_LIMITS_OFF = Object.fromEntries(
  ['MESSAGES', 'DONATIONS', 'INVITES', 'LOGIN', 'REQUESTS', 'FRAMES', 'RECIPIENT'].map((name) => [
    `RATE_LIMIT_${name}`,
    'off',
  ]),
);

const opened = new Set<Promise<Namespace>>();
let isOver = false;

/** @throws once `closeNamespaces` was called */
export async function openNamespace(stack: Stack, partitions = 4): Promise<Namespace> {
  if (isOver) throw new Error('the bench was interrupted');
  const opening = makeNamespace(stack, partitions);
  opened.add(opening);
  return opening;
}

/** Closes what an interrupted measurement has left open, and opens no more: the servers may be somebody else's. */
export async function closeNamespaces(): Promise<void> {
  isOver = true;
  await Promise.allSettled([...opened].map(async (opening) => (await opening).close()));
}

async function makeNamespace({ env }: Stack, partitions: number): Promise<Namespace> {
  const name = `b${randomBytes(5).toString('hex')}`;
  const secret = randomBytes(24).toString('hex');
  const brokers = env.KAFKA_BROKERS.split(',');
  const { DATABASE_URL: databaseUrl, DATABASE_REPLICA_URL: replicaUrl } = env;
  const [databases] = await Promise.all([
    migrate({ databaseUrl, namespace: name, ...(replicaUrl && { replicaUrl }) }),
    createTopics({ brokers, namespace: name, partitions }),
  ]);
  const kafka = connectKafka({ brokers, clientId: 'bench', namespace: name, log: createLogger('bench', 'silent') });
  const producer = await kafka.producer();
  const fleets: Fleet[] = [];
  const common = { ...productEnvironment(env, name, secret), ...databaseVariables(databases) };
  let closing: Promise<void> | undefined;
  const close = async () => {
    await Promise.all(fleets.map((fleet) => fleet.stop()));
    await producer.close();
    await kafka.close();
    await Promise.all([dropNamespace({ databaseUrl, namespace: name }), dropTopics(brokers, name)]);
  };
  return {
    ...{ name, secret, kafka, brokers, adminUrl: databaseUrl },
    database: (context) => new URL(databases[context]?.url ?? '').pathname.slice(1),
    start: (names, more = {}) => startProcesses(fleets, names, { ...common, ...more }),
    sign: (claims) => jwt.sign(claims, secret, { algorithm: 'HS256', expiresIn: 7_200 }),
    produce: (records) => produce(producer, records),
    close: () => (closing ??= close()),
  };
}

function productEnvironment(stack: Stack['env'], namespace: string, secret: string): Record<string, string> {
  return {
    ...{ PATH: process.env['PATH'] ?? '', KAFKA_BROKERS: stack.KAFKA_BROKERS, REDIS_URL: stack.REDIS_URL },
    ...{ NAMESPACE: namespace, JWT_SECRET: secret, CURRENCY: 'USD', LOG_LEVEL: 'info' },
    ...{ ...RATE_LIMITS_OFF, MAX_CONNECTIONS_PER_PERSON: 'off' },
  };
}

async function startProcesses(
  fleets: Fleet[],
  names: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<Fleet> {
  const lines: string[] = [];
  const log = (line: string) => {
    lines.push(line);
    if (lines.length > KEPT_LOG_LINES) lines.shift();
  };
  const fleet = await startFleet({ env, names, restart: false, log });
  fleets.push(fleet);
  try {
    await fleet.ready();
  } catch (error) {
    throw new Error(`${names.join(', ')} did not start:\n${lines.join('\n')}`, { cause: error });
  }
  return fleet;
}

async function produce(producer: Producer, records: readonly OutRecord[]): Promise<void> {
  for (const chunk of chunks(records, RECORDS_A_REQUEST)) await producer.send(chunk);
}

async function dropTopics(brokers: readonly string[], namespace: string): Promise<void> {
  const admin = new kafkajs.Kafka({ brokers: [...brokers], logLevel: kafkajs.logLevel.NOTHING }).admin();
  await admin.connect();
  await admin.deleteTopics({
    topics: (Object.keys(topics) as TopicName[]).map((topic) => topicOnBroker(namespace, topic)),
  });
  await admin.disconnect();
}
