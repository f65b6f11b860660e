/** `node ingress/main.ts`: HTTP in. Publishes events, asks the contexts, and holds no database connection. */
import { acceptConnections } from '../shared/accept-queues.ts';
import { systemClock } from '../shared/clock.ts';
import { isNotedEnded } from '../shared/ended-sessions.ts';
import { loadOrExit } from '../shared/environment.ts';
import { Health } from '../shared/health.ts';
import { connectKafka } from '../shared/kafka-client.ts';
import { createAccessLogger, createLogger, type Logger } from '../shared/logger.ts';
import { connectOwnTokens } from '../shared/own-tokens.ts';
import { createPublisher } from '../shared/publisher.ts';
import { connectRedis } from '../shared/redis.ts';
import { exitOnCrash, onShutdown, requireNode } from '../shared/shutdown.ts';
import { createTokenVerifier, secretWeakness } from '../shared/token-keys.ts';
import { createAddressOf } from './address.ts';
import { createApp } from './app.ts';
import { createDocuments } from './documents.ts';
import { type IngressEnvironment, readIngressEnvironment } from './env.ts';
import { createPages } from './pages.ts';
import { connectPorts } from './ports.ts';
import { connectPatiently } from './producer.ts';
import { createGate } from './rate-limit.ts';
import { bindRoutes } from './routes.ts';
import { closeServer, createHttpServer, defaultBounds } from './server.ts';

const DRAIN_REQUESTS_MS = 10_000;

requireNode();
const environment = loadOrExit(readIngressEnvironment);
const log = createLogger('ingress', environment.logLevel);
exitOnCrash(log);
const weakness = secretWeakness(environment.tokenKeys.secret);
if (weakness) log.warn(weakness);
await serve(environment, log);

async function serve(environment: IngressEnvironment, log: Logger): Promise<void> {
  const { kafkaBrokers: brokers, namespace, limits } = environment;
  const kafka = connectKafka({ brokers, clientId: 'ingress', namespace, log });
  const producer = connectPatiently(() => kafka.producer(), log);
  const publisher = createPublisher({ producer, log });
  const redis = connectRedis(environment.redisUrl, log);
  // Redis is no condition: without it limits and keys are kept by each process alone.
  const health = new Health({ kafka: async () => (producer.check(), void (await kafka.ends('rooms'))) });
  const own = connectOwnTokens(environment.authAddress, (session) => isNotedEnded(redis, namespace, session), log);
  const ports = connectPorts({ environment, redis, kafka, producer, health, clock: systemClock });
  const listener = createApp({
    routes: bindRoutes(ports),
    pages: [createPages(pagesOptions(environment)), createDocuments(environment)],
    verifier: createTokenVerifier(environment.tokenKeys, own),
    gate: createGate({ redis, namespace, limits, log, now: Date.now }),
    publisher,
    addressOf: createAddressOf(environment.trustedProxies),
    allowedOrigins: environment.allowedOrigins,
    clock: systemClock,
    health,
    log,
    accessLog: createAccessLogger('ingress', environment.logLevel),
  });
  const server = createHttpServer(listener);
  const { host, port: wanted } = environment;
  const accepting = await acceptConnections(server, { host, port: wanted, maximum: defaultBounds.maximumConnections });
  log.info({ port: accepting.port }, 'listening');

  onShutdown(log, async () => {
    health.drain();
    await closeServer(server, accepting, DRAIN_REQUESTS_MS);
    await publisher.close();
    await producer.close();
    ports.close();
    own.close();
    await kafka.close();
    redis.disconnect();
  });
}

function pagesOptions({ wsUrl, wsPort, currency, allowAnonymous }: IngressEnvironment) {
  return { ...(wsUrl !== null && { wsUrl }), wsPort, currency, allowAnonymous };
}
