import { randomBytes, randomUUID } from 'node:crypto';
import jwt from 'jsonwebtoken';
import kafkajs from 'kafkajs';
import { type Database, openDatabase } from '../../shared/database.ts';
import { topicOnBroker, topics, type TopicName } from '../../shared/topics.ts';
import { type Fleet, startFleet } from '../../scripts/fleet.ts';
import { databaseVariables, dropNamespace, migrate } from '../../scripts/migrate.ts';
import { createTopics } from '../../scripts/topics.ts';
import { Visitor } from './visitor.ts';

/** The whole product as real processes, in a namespace of its own on the stack that the environment names. */
export interface Product {
  readonly fleet: Fleet;
  readonly namespace: string;
  readonly secret: string;
  /** http://127.0.0.1:<port> of the ingress. */
  readonly httpUrl: string;
  /** ws://127.0.0.1:<port> of each gateway. */
  readonly gatewayUrls: readonly string[];
  readonly rooms: Database;
  readonly ledger: Database;
  /** A person with a token of the claims given; `sub` is fresh unless given. */
  visitor(claims?: Partial<Claims>): Visitor;
  /** Puts money on a person's account. */
  deposit(person: Visitor, sum: string): Promise<void>;
  /** The names of the processes' last lines, for a failed test's message. */
  readonly log: readonly string[];
  stop(): Promise<void>;
}

export interface Claims {
  sub: string;
  type: 'user' | 'client';
  owner: string;
  name: string;
  scope: string;
  /** Seconds from now. */
  expiresIn: number;
}

export interface ProductOptions {
  readonly counts?: Readonly<Record<string, number>>;
  readonly env?: Readonly<Record<string, string>>;
  readonly restart?: boolean;
  readonly partitions?: number;
}

const RATE_LIMITS_OFF = Object.fromEntries(
  ['MESSAGES', 'DONATIONS', 'INVITES', 'LOGIN', 'REQUESTS', 'FRAMES', 'RECIPIENT'].map((name) => [
    `RATE_LIMIT_${name}`,
    'off',
  ]),
);
const KEPT_LOG_LINES = 400;

export async function startProduct(options: ProductOptions = {}): Promise<Product> {
  const {
    KAFKA_BROKERS: brokers,
    DATABASE_URL: databaseUrl,
    DATABASE_REPLICA_URL: replicaUrl,
    REDIS_URL: redisUrl,
  } = process.env;
  if (!brokers || !databaseUrl || !redisUrl)
    throw new Error('KAFKA_BROKERS, DATABASE_URL and REDIS_URL are needed: run "npm test"');
  const namespace = `e${randomBytes(5).toString('hex')}`;
  const secret = randomBytes(24).toString('hex');
  const [databases] = await Promise.all([
    migrate({ databaseUrl, namespace, ...(replicaUrl && { replicaUrl }) }),
    createTopics({ brokers: brokers.split(','), namespace, partitions: options.partitions ?? 4 }),
  ]);
  const log: string[] = [];
  const fleet = await startFleet({
    env: {
      PATH: process.env['PATH'],
      KAFKA_BROKERS: brokers,
      REDIS_URL: redisUrl,
      NAMESPACE: namespace,
      JWT_SECRET: secret,
      CURRENCY: 'USD',
      LOG_LEVEL: 'info',
      ...RATE_LIMITS_OFF,
      MAX_CONNECTIONS_PER_PERSON: 'off',
      ...databaseVariables(databases),
      ...options.env,
    },
    counts: options.counts ?? {},
    restart: options.restart ?? true,
    log: (line) => {
      log.push(line);
      if (log.length > KEPT_LOG_LINES) log.shift();
    },
  });
  try {
    await fleet.ready();
  } catch (error) {
    await fleet.stop();
    throw new Error(`the product did not start:\n${log.slice(-40).join('\n')}`, { cause: error });
  }
  return toProduct({ fleet, namespace, secret, log, databases, databaseUrl, brokers });
}

interface Started {
  fleet: Fleet;
  namespace: string;
  secret: string;
  log: string[];
  databases: Awaited<ReturnType<typeof migrate>>;
  databaseUrl: string;
  brokers: string;
}

function toProduct({ fleet, namespace, secret, log, databases, databaseUrl, brokers }: Started): Product {
  const port = (name: string) =>
    fleet.processes.filter((process) => process.name === name).map((process) => process.port);
  const httpUrl = `http://127.0.0.1:${port('ingress')[0]}`;
  const gatewayUrls = port('ws-gateway').map((one) => `ws://127.0.0.1:${one}`);
  const open = (context: string) => openDatabase(databases[context]?.url ?? '', 3);
  const rooms = open('rooms');
  const ledger = open('ledger');
  const visitors: Visitor[] = [];
  const visitor = (claims: Partial<Claims> = {}) => {
    const made = new Visitor({ httpUrl, gatewayUrls, token: (more) => signToken(secret, { ...claims, ...more }) });
    visitors.push(made);
    return made;
  };
  return {
    ...{ fleet, namespace, secret, httpUrl, gatewayUrls, rooms, ledger, visitor, log },
    async deposit(person, sum) {
      const bank = visitor({ scope: 'money:deposit' });
      const answer = await bank.post(
        '/account/deposit',
        { account: person.sub, sum },
        { 'idempotency-key': randomUUID() },
      );
      if (answer.status !== 200) throw new Error(`deposit answered ${answer.status} ${JSON.stringify(answer.body)}`);
    },
    async stop() {
      for (const one of visitors) one.leave();
      await Promise.all([fleet.stop(), rooms.close(), ledger.close()]);
      await Promise.all([dropNamespace({ databaseUrl, namespace }), dropTopics(brokers, namespace)]);
    },
  };
}

async function dropTopics(brokers: string, namespace: string): Promise<void> {
  const admin = new kafkajs.Kafka({ brokers: brokers.split(','), logLevel: kafkajs.logLevel.NOTHING }).admin();
  await admin.connect();
  await admin.deleteTopics({
    topics: (Object.keys(topics) as TopicName[]).map((name) => topicOnBroker(namespace, name)),
  });
  await admin.disconnect();
}

/** A token as the streaming site would sign it. */
export function signToken(secret: string, claims: Partial<Claims>): { sub: string; token: string } {
  const { expiresIn = 3_600, sub = randomUUID(), type = 'client', ...rest } = claims;
  return { sub, token: jwt.sign({ sub, type, ...rest }, secret, { algorithm: 'HS256', expiresIn }) };
}
