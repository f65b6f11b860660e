import { systemClock } from '../shared/clock.ts';
import { crashAt, type CrashPoint } from '../shared/crash-point.ts';
import type { Received } from '../shared/event.ts';
import { type EventName, events } from '../shared/events/catalogue.ts';
import { type Context, type DatabaseGroup, type GroupName, groups } from '../shared/groups.ts';
import { type Check, Health, serveHealth } from '../shared/health.ts';
import type { Producer } from '../shared/kafka.ts';
import { connectKafka } from '../shared/kafka-client.ts';
import type { DatabaseListener, FrameListener, Listener, ListenerMap } from '../shared/listener.ts';
import type { Logger } from '../shared/logger.ts';
import { connectRedis, connectSubscriber, type Redis } from '../shared/redis.ts';
import { type ContextHost, hostContext } from './context-host.ts';
import type { WorkersEnvironment } from './env.ts';
import { listenersFor } from './listeners.ts';
import { runFrameSlice } from './runtime/frame-slice.ts';
import { CONCURRENT_PARTITIONS, type GroupOptions, type RunningGroup, startGroup } from './runtime/group.ts';
import { type Handled, runSlice } from './runtime/slice.ts';
import { triesInDatabase, triesInRedis } from './runtime/tries.ts';

export interface Workers {
  /** Of the health server. */
  readonly port: number;
  /** Stops fetching, finishes what is in flight, commits, and lets go of everything. */
  close(): Promise<void>;
}

/** Starts the named groups with all that they need. @param crash ends the process */
export async function startWorkers(
  environment: WorkersEnvironment,
  log: Logger,
  crash: (error: unknown) => void,
  heard: ListenerMap = listenersFor(environment),
): Promise<Workers> {
  const { namespace, kafkaBrokers: brokers, redisUrl } = environment;
  const redis = connectRedis(redisUrl, log);
  const subscriber = connectSubscriber(redisUrl, log);
  const kafka = connectKafka({ brokers, clientId: environment.groups.join('+'), namespace, log });
  const [producer, relayProducer] = await Promise.all([kafka.producer(), kafka.producer()]);
  const crashPoint = crashAt(environment.crashPlan);
  const hosts = new Map<Context, ContextHost>();
  for (const [context, url] of environment.databaseUrls) {
    const connections = connectionsFor(environment.groups, context);
    const afterAck = () => crashPoint('relay-after-ack', context);
    hosts.set(context, hostContext({ url, connections, producer: relayProducer, redis, subscriber, log, afterAck }));
  }
  const parts: Parts = { redis, producer, log, namespace, crashPoint, hosts };
  const started: RunningGroup[] = [];
  const health = new Health({
    kafka: async () => void (await kafka.ends('dead-letters')),
    ...checksOf(hosts, environment.groups, started),
  });
  const operations = await serveHealth(health, environment.metricsPort, log);
  const running = environment.groups.map((group) =>
    startGroup({ ...workOf(group, heard, parts), group, namespace, kafka, producer, clock: systemClock, log, crash }),
  );
  started.push(...(await Promise.all(running)));
  log.info({ groups: environment.groups }, 'listening');
  return {
    port: operations.port,
    async close() {
      health.drain();
      await Promise.all(started.map((group) => group.close()));
      await Promise.all([...hosts.values()].map((host) => host.stopRelay()));
      await Promise.all([producer.close(), relayProducer.close(), ...[...hosts.values()].map((host) => host.close())]);
      await kafka.close();
      redis.disconnect();
      subscriber.disconnect();
      await operations.close();
    },
  };
}

/** Partitions in parallel and one more, for each group of the context. */
function connectionsFor(names: readonly GroupName[], context: Context): number {
  return names.filter((group) => groups[group].context === context).length * CONCURRENT_PARTITIONS + 1;
}

function checksOf(
  hosts: ReadonlyMap<Context, ContextHost>,
  names: readonly GroupName[],
  started: readonly RunningGroup[],
): Record<string, Check> {
  const ofHosts = [...hosts].flatMap(([context, { checks }]): [string, Check][] => [
    [`database ${context}`, checks.database],
    [`relay ${context}`, checks.relay],
  ]);
  const ofGroups = names.map((name): [string, Check] => [
    `group ${name}`,
    () => {
      const group = started.find((one) => one.group === name);
      if (!group) throw new Error('starting');
      group.check();
    },
  ]);
  return Object.fromEntries([...ofHosts, ...ofGroups]);
}

interface Parts {
  readonly redis: Redis;
  readonly producer: Producer;
  readonly log: Logger;
  readonly namespace: string;
  readonly crashPoint: CrashPoint;
  readonly hosts: ReadonlyMap<Context, ContextHost>;
}

type Work = Pick<GroupOptions, 'listenerOf' | 'tries' | 'execute'>;

/** What a group does with its events: transactions in its context's database, or frames. */
function workOf(group: GroupName, heard: ListenerMap, parts: Parts): Work {
  const { redis, namespace, producer, crashPoint } = parts;
  const log = parts.log.child({ group });
  const own = listenersOf(group, heard);
  const listenerOf = new Map([...own].map(([event, listener]) => [event, listener.name]));
  const { context } = groups[group];
  if (context === null) {
    const slice = { listeners: own as ReadonlyMap<EventName, FrameListener>, producer, clock: systemClock, crashPoint };
    const execute = (received: readonly Received[]): Promise<readonly Handled[]> => runFrameSlice(slice, received);
    return { listenerOf, tries: triesInRedis(redis, namespace), execute };
  }
  const host = parts.hosts.get(context) as ContextHost;
  const slice = {
    group: group as DatabaseGroup,
    database: host.database,
    listeners: own as ReadonlyMap<EventName, DatabaseListener>,
    after: { redis, namespace, log },
    clock: systemClock,
    crashPoint,
    onEmitted: host.wakeRelay,
  };
  return {
    listenerOf,
    tries: triesInDatabase(host.database),
    execute: (received) => runSlice(slice, received),
  };
}

/** The group's listeners by event; that a group hears an event at most once is held by a test of the map. */
export function listenersOf(group: GroupName, heard: ListenerMap): ReadonlyMap<EventName, Listener> {
  const names = Object.keys(events) as EventName[];
  return new Map(
    names.flatMap((name) => {
      const own = (heard[name] as readonly Listener[]).filter((listener) => listener.group === group);
      return own.map((listener) => [name, listener] as const);
    }),
  );
}
