/** `node services/main.ts <context>…`: answers the questions of the named contexts and relays their outboxes to Kafka. */
import { systemClock } from '../shared/clock.ts';
import { crashAt, type CrashPoint } from '../shared/crash-point.ts';
import { type Database, openDatabase } from '../shared/database.ts';
import { loadOrExit } from '../shared/environment.ts';
import { type Context, contexts } from '../shared/groups.ts';
import { type Check, Health, serveHealth } from '../shared/health.ts';
import type { Kafka, Producer } from '../shared/kafka.ts';
import { connectKafka } from '../shared/kafka-client.ts';
import { createLogger, type Logger } from '../shared/logger.ts';
import { outboxChannel } from '../shared/outbox.ts';
import { type Relay, startRelay } from '../shared/relay.ts';
import { connectRedis, connectSubscriber, type Redis } from '../shared/redis.ts';
import { type RpcService, serveRpc } from '../shared/rpc.ts';
import type { ServiceOptions } from '../shared/service.ts';
import { exitOnCrash, onShutdown, requireNode } from '../shared/shutdown.ts';
import { readServicesEnvironment, type ServicesEnvironment } from './env.ts';
import { startAuthJobs } from './auth/jobs.ts';
import { authService } from './auth/service.ts';
import { startWaysInJobs } from './auth/ways-in.ts';
import { friendsService } from './friends/service.ts';
import { ledgerService } from './ledger/service.ts';
import { profilesService } from './profiles/service.ts';
import { startReconciler } from './rooms/reconciler.ts';
import { roomsService } from './rooms/service.ts';

/** The table of contents: context → its questions. */
const services: Readonly<Record<Context, (options: ServiceOptions) => RpcService>> = {
  rooms: roomsService,
  ledger: ledgerService,
  auth: authService,
  profiles: profilesService,
  friends: friendsService,
};

/** What a context does by the clock or from a queue, in every process that hosts it. */
interface Jobs {
  close(): Promise<void>;
}

const jobsOf: Readonly<Partial<Record<Context, (options: ServiceOptions, redisUrl: string) => readonly Jobs[]>>> = {
  rooms: ({ database, replica, namespace, log }, redisUrl) => [
    startReconciler({ redisUrl, namespace, primary: database, replica, log }),
  ],
  auth: (options, redisUrl) => [startAuthJobs(options), startWaysInJobs(options, redisUrl)],
};

const CONNECTIONS = 5;
const DRAIN_CALLS_MS = 10_000;

requireNode();
const named = contextsOrExit(process.argv.slice(2));
const environment = loadOrExit((source) => readServicesEnvironment(source, named));
const log = createLogger('services', environment.logLevel);
exitOnCrash(log);
await host(environment, log);

function contextsOrExit(names: readonly string[]): readonly Context[] {
  const known = contexts.filter((context) => names.includes(context));
  if (known.length > 0 && known.length === names.length) return known;
  process.stderr.write(`usage: node services/main.ts <context>…, of ${contexts.join(', ')}, each once\n`);
  process.exit(1);
}

/** Everything that a hosted context runs on. */
interface Hosted {
  readonly service: RpcService;
  readonly database: Database;
  readonly replica: Database;
  readonly relay: Relay;
  readonly jobs: readonly Jobs[];
}

async function host(environment: ServicesEnvironment, log: Logger): Promise<void> {
  const { kafkaBrokers: brokers, namespace } = environment;
  const redis = connectRedis(environment.redisUrl, log);
  const subscriber = connectSubscriber(environment.redisUrl, log);
  const kafka = connectKafka({ brokers, clientId: 'services', namespace, log });
  const producer = await kafka.producer();
  const crashPoint = crashAt(environment.crashPlan);
  const hosted = [...environment.databases].map(([context, urls]) =>
    openContext(context, urls, { environment, producer, redis, log, crashPoint }),
  );
  wakeByRedis(subscriber, hosted, log);

  const health = new Health(checksOf(hosted, kafka));
  const operations = await serveHealth(health, environment.metricsPort, log);
  const address = `${environment.host}:${environment.port}`;
  const calls = await serveRpc(
    hosted.map(({ service }) => service),
    address,
    log,
  );
  log.info({ port: calls.port, contexts: [...environment.databases.keys()] }, 'answering');

  onShutdown(log, async () => {
    health.drain();
    await calls.close(DRAIN_CALLS_MS);
    await Promise.all(hosted.flatMap(({ relay, jobs }) => [relay.stop(), ...jobs.map((each) => each.close())]));
    await Promise.all(hosted.flatMap(({ database, replica }) => [database.close(), replica.close()]));
    await producer.close();
    await kafka.close();
    redis.disconnect();
    subscriber.disconnect();
    await operations.close();
  });
}

interface Shared {
  readonly environment: ServicesEnvironment;
  readonly producer: Producer;
  readonly redis: Redis;
  readonly log: Logger;
  readonly crashPoint: CrashPoint;
}

function openContext(
  context: Context,
  urls: { readonly url: string; readonly replicaUrl: string },
  { environment, producer, redis, log: processLog, crashPoint }: Shared,
): Hosted {
  const { namespace, currency, messagesFromDefault } = environment;
  const log = processLog.child({ context });
  const database = openDatabase(urls.url, CONNECTIONS);
  const replica = openDatabase(urls.replicaUrl, CONNECTIONS);
  const afterAck = () => crashPoint('relay-after-ack', context);
  const relay = startRelay({ databaseUrl: urls.url, producer, log, afterAck });
  const committed = () => {
    relay.wake();
    // The active relay may live in another process. Not told, it looks within 250 ms by itself.
    redis.publish(outboxChannel(database.name), '').catch(() => undefined);
  };
  const options = {
    database,
    replica,
    redis,
    namespace,
    currency,
    clock: systemClock,
    log,
    messagesFromDefault,
    ...(environment.waysIn && { waysIn: environment.waysIn }),
    committed,
  };
  const jobs = jobsOf[context]?.(options, environment.redisUrl) ?? [];
  return { service: services[context](options), database, replica, relay, jobs };
}

/** Other processes of a context say by Redis that something waits in its outbox. */
function wakeByRedis(subscriber: Redis, hosted: readonly Hosted[], log: Logger): void {
  const relays = new Map(hosted.map(({ database, relay }) => [outboxChannel(database.name), relay]));
  subscriber.on('message', (channel) => relays.get(channel)?.wake());
  // Waits for Redis as long as it takes, and is made again after each reconnect; the relays poll meanwhile.
  subscriber.subscribe(...relays.keys()).catch((error: unknown) => log.warn({ err: error }, 'not subscribed'));
}

/** Redis is no condition: without it the relays poll, and answers come from the databases. */
function checksOf(hosted: readonly Hosted[], kafka: Kafka): Record<string, Check> {
  const databases = hosted.map(({ database }): [string, Check] => [
    database.name,
    async () => void (await database.select('SELECT 1')),
  ]);
  return { ...Object.fromEntries(databases), kafka: async () => void (await kafka.ends('donations')) };
}
