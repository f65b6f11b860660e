import { mkdir, rm } from 'node:fs/promises';
import { resolve } from 'node:path';
import { hasDockerEngine, startCompose } from './compose.ts';
import { install, type Wanted } from './install.ts';
import { type KafkaDoor, type KafkaOptions, type KafkaPartName, startKafka, stopKafka } from './kafka.ts';
import { startDatabases } from './mariadb.ts';
import { startRedis } from './redis.ts';
import { claimDirectory, forgetPid } from './leftovers.ts';
import { timed } from './run.ts';
import type { Part } from './server.ts';

export type { Part } from './server.ts';

const cache = resolve(import.meta.dirname, '../../.stack/cache');

export type PartName = KafkaPartName | 'mysql' | 'replica' | 'redis';

/** The addresses of the four servers, as the product's variables. The replica's is absent where there is none. */
export interface StackEnvironment {
  KAFKA_BROKERS: string;
  DATABASE_URL: string;
  DATABASE_REPLICA_URL?: string;
  REDIS_URL: string;
}

export interface Stack {
  env: StackEnvironment;
  /** Ends what this stack started, in order, and leaves servers of others alone; with `discard`, its data goes too. */
  stop(options?: { discard: boolean }): Promise<void>;
  /** From now on, starts whatever of it ends by itself again, and says so. */
  keepUp(log: (line: string) => void): void;
  /** A server that this stack started. Throws for one whose address was given. */
  part(name: PartName): Part;
}

export interface StackOptions {
  /** Holds data, logs and pid files; a later start in the same directory finds its data again. */
  directory: string;
  log?: (line: string) => void;
  /** For topics made without a count of their own. */
  kafkaPartitions?: number;
  /** Of three brokers, `kafka`, `kafka-2` and `kafka-3`, each can be killed by itself; one unless given. */
  kafkaBrokers?: KafkaOptions['brokers'];
  /** Further listeners of the one broker, each behind a proxy. */
  kafkaDoors?: readonly KafkaDoor[];
  /** Where addresses of servers that already run are looked up; the process's own environment unless given. */
  given?: NodeJS.ProcessEnv;
}

/** What a starter brings: addresses, and the parts that answer there. */
export interface Started {
  env: Partial<StackEnvironment>;
  parts: Partial<Record<PartName, Part>>;
  /** Removes what the parts leave outside the stack's directory. */
  discard?: () => Promise<void>;
}

/**
 * Starts Kafka, MySQL with a replica and Redis, but none whose address is given, and resolves once all answer: by
 * Docker Compose where an engine answers, else as processes of this machine, as always where Kafka is to have doors or
 * three brokers. Throws when one does not come up, and leaves nothing running then.
 */
export async function startStack(options: StackOptions): Promise<Stack> {
  const { directory, kafkaPartitions: partitions = 4, kafkaBrokers: brokers = 1, kafkaDoors: doors = [] } = options;
  const { given = process.env } = options;
  const log = options.log ?? (() => undefined);
  const wanted = { kafka: !given.KAFKA_BROKERS, databases: !given.DATABASE_URL, redis: !given.REDIS_URL };
  const isPlain = brokers === 1 && doors.length === 0;
  if (!isPlain && !wanted.kafka) throw new Error('a Kafka that runs elsewhere is given neither doors nor brokers');
  const absolute = resolve(directory);
  await mkdir(absolute, { recursive: true });
  await claimDirectory(absolute);
  const started =
    isPlain && (await hasDockerEngine(wanted))
      ? await startCompose(absolute, wanted, log)
      : await startProcesses(absolute, wanted, { partitions, brokers, doors }, log);
  return {
    env: joinEnvironment(given, started.env),
    async stop({ discard } = { discard: false }) {
      await stopAll(started.parts);
      await forgetPid({ name: 'owner', directory: absolute });
      if (!discard) return;
      await started.discard?.();
      await rm(absolute, { recursive: true, force: true });
    },
    keepUp(log) {
      for (const part of Object.values(started.parts)) part.keepUp(log);
    },
    part(name) {
      const part = started.parts[name];
      if (!part) throw new Error(`${name} was not started by this stack`);
      return part;
    },
  };
}

async function startProcesses(
  directory: string,
  wanted: Wanted,
  kafka: Omit<KafkaOptions, 'libraries'>,
  log: (line: string) => void,
): Promise<Started> {
  if (!Object.values(wanted).includes(true)) return { env: {}, parts: {} };
  const programs = await install(cache, wanted, log);
  const starters = [
    wanted.kafka &&
      timed('Kafka', log, async () => {
        const { parts, brokers } = await startKafka(directory, { ...kafka, libraries: programs.kafkaLibraries });
        return { env: { KAFKA_BROKERS: brokers }, parts };
      }),
    wanted.databases &&
      timed('MySQL and its replica', log, async () => {
        const { primary, replica, url, replicaUrl } = await startDatabases(directory);
        const env = { DATABASE_URL: url, DATABASE_REPLICA_URL: replicaUrl };
        return { env, parts: { mysql: primary, replica } };
      }),
    wanted.redis &&
      timed('Redis', log, async () => {
        const { part, url } = await startRedis(directory, programs.redisServer);
        return { env: { REDIS_URL: url }, parts: { redis: part } };
      }),
  ].filter((starter) => starter !== false);
  return joinOrStop(await Promise.allSettled<Started>(starters));
}

async function joinOrStop(outcomes: PromiseSettledResult<Started>[]): Promise<Started> {
  const started = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
  const failures = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason as unknown] : []));
  const joined: Started = {
    env: Object.assign({}, ...started.map(({ env }) => env)),
    parts: Object.assign({}, ...started.map(({ parts }) => parts)),
  };
  if (failures.length === 0) return joined;
  await stopAll(joined.parts);
  throw failures.length === 1 ? failures[0] : new AggregateError(failures, failures.map(String).join('\n'));
}

function joinEnvironment(given: NodeJS.ProcessEnv, started: Partial<StackEnvironment>): StackEnvironment {
  const replica = given.DATABASE_URL ? given.DATABASE_REPLICA_URL : started.DATABASE_REPLICA_URL;
  return {
    KAFKA_BROKERS: given.KAFKA_BROKERS || (started.KAFKA_BROKERS ?? ''),
    DATABASE_URL: given.DATABASE_URL || (started.DATABASE_URL ?? ''),
    ...(replica ? { DATABASE_REPLICA_URL: replica } : {}),
    REDIS_URL: given.REDIS_URL || (started.REDIS_URL ?? ''),
  };
}

/** The replica goes first, so that it does not complain about its primary. */
async function stopAll(parts: Started['parts']): Promise<void> {
  const brokers = [parts.kafka, parts['kafka-2'], parts['kafka-3']].filter((part) => part !== undefined);
  await Promise.all([parts.replica?.stop(), stopKafka(brokers), parts.redis?.stop()]);
  await parts.mysql?.stop();
}
