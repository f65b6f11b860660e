import { randomBytes, randomUUID } from 'node:crypto';
import jwt from 'jsonwebtoken';
import kafkajs from 'kafkajs';
import { type Database, openDatabase } from '../../shared/database.ts';
import { topicOnBroker, topics, type TopicName } from '../../shared/topics.ts';
import { type Fleet, type FleetOptions, startFleet } from '../../scripts/fleet.ts';
import { databaseVariables, dropNamespace, migrate } from '../../scripts/migrate.ts';
import type { StackEnvironment } from '../../scripts/stack/stack.ts';
import { createTopics } from '../../scripts/topics.ts';
import { until } from './until.ts';
import { Visitor } from './visitor.ts';

/** The whole product as real processes, in a namespace of its own on the stack that the environment names. */
export interface Product {
  /** Where Kafka, MySQL and Redis truly are, whatever way the processes were given. */
  readonly servers: StackEnvironment;
  readonly fleet: Fleet;
  readonly namespace: string;
  readonly secret: string;
  /** http://127.0.0.1:<port> of the ingress. */
  readonly httpUrl: string;
  /** ws://127.0.0.1:<port> of each gateway. */
  readonly gatewayUrls: readonly string[];
  readonly rooms: Database;
  readonly ledger: Database;
  /** Every context's database, by name. */
  readonly databases: Awaited<ReturnType<typeof migrate>>;
  /** The server of both, as its administrator. */
  readonly admin: Database;
  /** A person with a token of the claims given; `sub` is fresh unless given. */
  visitor(claims?: Partial<Claims>): Visitor;
  /** A person who holds this token already. */
  holder(held: { sub: string; token: string }): Visitor;
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
  /** Accounts, profiles and friends run too; without them a test starts five processes fewer. */
  readonly hasPeople?: boolean;
  readonly counts?: Readonly<Record<string, number>>;
  readonly env?: Readonly<Record<string, string>>;
  readonly restart?: boolean;
  readonly partitions?: number;
  /** Where the servers are found; what the environment names unless given. */
  readonly servers?: StackEnvironment;
  /** The database addresses that the processes are given, of the true ones. */
  readonly reroute?: (variables: Record<string, string>) => Record<string, string>;
  readonly envOf?: FleetOptions['envOf'];
  readonly ports?: FleetOptions['ports'];
  /** Another list of processes than the repository's own. */
  readonly procfile?: string;
  /** Where the sources lie that are run. */
  readonly directory?: string;
  /** How visitors reach the ingress and the gateways; straight unless given. */
  readonly httpUrl?: string;
  readonly gatewayUrls?: readonly string[];
  /** Gets every line of the processes' logs. */
  readonly onLine?: (line: string) => void;
}

const RATE_LIMITS_OFF = Object.fromEntries(
  ['MESSAGES', 'DONATIONS', 'INVITES', 'LOGIN', 'REQUESTS', 'FRAMES', 'RECIPIENT'].map((name) => [
    `RATE_LIMIT_${name}`,
    'off',
  ]),
);
const WITHOUT_PEOPLE = { people: 0, auth: 0, profiles: 0, friends: 0 };
/** Nobody listens there: what asks must not meet a process that happens to have the default port. */
const NOBODY = '127.0.0.1:1';
const KEPT_LOG_LINES = 400;

export async function startProduct(options: ProductOptions = {}): Promise<Product> {
  const servers = options.servers ?? serversOf(process.env);
  const { KAFKA_BROKERS: brokers, DATABASE_URL: databaseUrl, DATABASE_REPLICA_URL: replicaUrl } = servers;
  const namespace = `e${randomBytes(5).toString('hex')}`;
  const secret = randomBytes(24).toString('hex');
  const [databases] = await Promise.all([
    migrate({ databaseUrl, namespace, ...(replicaUrl && { replicaUrl }) }),
    createTopics({ brokers: brokers.split(','), namespace, partitions: options.partitions ?? 4 }),
  ]);
  const { reroute = (variables) => variables } = options;
  const log: string[] = [];
  const fleet = await startFleet({
    env: {
      PATH: process.env['PATH'],
      KAFKA_BROKERS: brokers,
      REDIS_URL: servers.REDIS_URL,
      NAMESPACE: namespace,
      JWT_SECRET: secret,
      CURRENCY: 'USD',
      LOG_LEVEL: 'info',
      ...RATE_LIMITS_OFF,
      ...(!options.hasPeople && { AUTH_ADDRESS: NOBODY, PROFILES_ADDRESS: NOBODY, FRIENDS_ADDRESS: NOBODY }),
      MAX_CONNECTIONS_PER_PERSON: 'off',
      ...reroute(databaseVariables(databases)),
      ...options.env,
    },
    counts: { ...(!options.hasPeople && WITHOUT_PEOPLE), ...options.counts },
    restart: options.restart ?? true,
    ...{
      envOf: options.envOf ?? {},
      ports: options.ports ?? {},
      ...(options.directory && { directory: options.directory }),
      ...(options.procfile && { procfile: options.procfile }),
    },
    log: (line) => {
      log.push(line);
      if (log.length > KEPT_LOG_LINES) log.shift();
      options.onLine?.(line);
    },
  });
  try {
    await fleet.ready();
  } catch (error) {
    await fleet.stop();
    throw new Error(`the product did not start:\n${log.slice(-40).join('\n')}`, { cause: error });
  }
  return toProduct({ options, servers, fleet, namespace, secret, log, databases });
}

function serversOf(env: NodeJS.ProcessEnv): StackEnvironment {
  const { KAFKA_BROKERS, DATABASE_URL, DATABASE_REPLICA_URL, REDIS_URL } = env;
  if (!KAFKA_BROKERS || !DATABASE_URL || !REDIS_URL)
    throw new Error('KAFKA_BROKERS, DATABASE_URL and REDIS_URL are needed: run "npm test"');
  return { KAFKA_BROKERS, DATABASE_URL, REDIS_URL, ...(DATABASE_REPLICA_URL && { DATABASE_REPLICA_URL }) };
}

interface Started {
  options: ProductOptions;
  servers: StackEnvironment;
  fleet: Fleet;
  namespace: string;
  secret: string;
  log: string[];
  databases: Awaited<ReturnType<typeof migrate>>;
}

function toProduct({ options, servers, fleet, namespace, secret, log, databases }: Started): Product {
  const port = (name: string) =>
    fleet.processes.filter((process) => process.name === name).map((process) => process.port);
  const httpUrl = options.httpUrl ?? `http://127.0.0.1:${port('ingress')[0]}`;
  const gatewayUrls = options.gatewayUrls ?? port('ws-gateway').map((one) => `ws://127.0.0.1:${one}`);
  const open = (context: string) => openDatabase(databases[context]?.url ?? '', 3);
  const rooms = open('rooms');
  const ledger = open('ledger');
  const admin = openDatabase(servers.DATABASE_URL, 1);
  const visitors: Visitor[] = [];
  const holder = (held: { sub: string; token: string }) => {
    const made = new Visitor({ httpUrl, gatewayUrls, ...held });
    visitors.push(made);
    return made;
  };
  const visitor = (claims: Partial<Claims> = {}) => holder(signToken(secret, claims));
  return {
    ...{
      servers,
      fleet,
      namespace,
      secret,
      httpUrl,
      gatewayUrls,
      rooms,
      ledger,
      admin,
      visitor,
      holder,
      log,
      databases,
    },
    async deposit(person, sum) {
      const bank = visitor({ scope: 'money:deposit' });
      const key = { 'idempotency-key': randomUUID() };
      await until('a deposit', async () => {
        const { status, body } = await bank.post('/account/deposit', { account: person.sub, sum }, key);
        if (status !== 200) throw new Error(`it answered ${status} ${JSON.stringify(body)}`);
        return true;
      });
    },
    async stop() {
      for (const one of visitors) one.leave();
      await Promise.all([fleet.stop(), rooms.close(), ledger.close(), admin.close()]);
      await Promise.all([
        dropNamespace({ databaseUrl: servers.DATABASE_URL, namespace }),
        dropTopics(servers.KAFKA_BROKERS, namespace),
      ]);
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
