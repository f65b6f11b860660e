import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { delimiter } from 'node:path';
import { run, searchPath, timed } from './run.ts';

const kafkaVersion = '4.3.1';
const installTries = 2;

/** Where the programs of a local stack lie. */
export interface Programs {
  redisServer: string;
  /** The folder of Kafka's jars. */
  kafkaLibraries: string;
}

/** Which servers are wanted: nothing is installed for one that runs elsewhere. */
export interface Wanted {
  kafka: boolean;
  databases: boolean;
  redis: boolean;
}

/** What was missing, by Debian package: the command that shows it is there. */
const packages = {
  databases: { mariadbd: 'mariadb-server-core', mariadb: 'mariadb-client-core' },
  redis: { 'redis-check-rdb': 'redis-tools' },
  kafka: { java: 'openjdk-17-jre-headless' },
};

/**
 * Installs what is missing: Debian packages (the core ones alone, which bring no service that would start by itself)
 * and Kafka's jars, kept in the cache folder. Throws an error that says what to install where it may not.
 */
export async function install(cache: string, wanted: Wanted, log: (line: string) => void): Promise<Programs> {
  await mkdir(cache, { recursive: true });
  const kafkaLibraries = `${cache}/kafka-${kafkaVersion}`;
  const needsJars = wanted.kafka && !existsSync(kafkaLibraries);
  await installPackages(missingPackages(wanted, needsJars), log);
  if (needsJars) await timed('Kafka’s jars by Maven', log, () => fetchKafka(cache, kafkaLibraries));
  return { redisServer: wanted.redis ? await redisServer(cache) : '', kafkaLibraries };
}

/** The browser that the journeys are tested in, installed where it is missing. @returns its path */
export async function installChromium(log: (line: string) => void): Promise<string> {
  if (!commandPath('chromium')) await installPackages(['chromium'], log);
  const path = commandPath('chromium');
  if (!path) throw new Error('chromium was installed but cannot be found; is it on PATH?');
  return path;
}

function missingPackages(wanted: Wanted, needsJars: boolean): string[] {
  const needed: Record<string, string> = {
    ...(wanted.databases ? packages.databases : {}),
    ...(wanted.redis && !commandPath('redis-server') ? packages.redis : {}),
    ...(wanted.kafka ? packages.kafka : {}),
    ...(needsJars ? { mvn: 'maven' } : {}),
  };
  return Object.entries(needed).flatMap(([command, name]) => (commandPath(command) ? [] : [name]));
}

async function installPackages(names: string[], log: (line: string) => void): Promise<void> {
  if (names.length === 0) return;
  const prefix = rootPrefix(names);
  const apt = ['apt-get', '-o', 'DPkg::Lock::Timeout=300', '-q', '-y'];
  const env = { DEBIAN_FRONTEND: 'noninteractive' };
  await timed('package list', log, () => run([...prefix, ...apt, 'update'], { env })).catch((error: unknown) => {
    log(`package list not renewed, going on with the one that is there: ${String(error)}`);
  });
  await timed(`packages ${names.join(' ')}`, log, async () => {
    for (let tries = 1; ; tries += 1) {
      try {
        await run([...prefix, ...apt, 'install', '--no-install-recommends', ...names], { env });
        return;
      } catch (error) {
        if (tries === installTries) throw error; // one more try: a mirror may stumble, another apt may interfere
      }
    }
  });
}

function rootPrefix(names: string[]): string[] {
  const how = `Install it once by hand (apt-get install --no-install-recommends ${names.join(' ')}), or set KAFKA_BROKERS, DATABASE_URL and REDIS_URL to servers of your own, or start a Docker engine.`;
  if (!commandPath('apt-get')) throw new Error(`${names.join(', ')} missing, and this is no Debian. ${how}`);
  if (process.getuid?.() === 0) return [];
  const ask = process.stdin.isTTY ? [] : ['-n'];
  if (commandPath('sudo') && spawnSync('sudo', [...ask, 'true'], { stdio: 'inherit' }).status === 0) {
    return ['sudo', ...ask];
  }
  throw new Error(`${names.join(', ')} missing, and neither root nor sudo is at hand to install. ${how}`);
}

/** Debian's redis-tools brings the server under another name; it is the same program, and asks how it was called. */
async function redisServer(cache: string): Promise<string> {
  const installed = commandPath('redis-server');
  if (installed) return installed;
  const link = `${cache}/redis-server`;
  const target = commandPath('redis-check-rdb') ?? '/usr/bin/redis-check-rdb';
  await symlink(target, link).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error;
  });
  return link;
}

/** Through a folder of its own and a rename, so that a killed or simultaneous run leaves no half a set of jars. */
async function fetchKafka(cache: string, target: string): Promise<void> {
  const work = await mkdtemp(`${cache}/kafka-jars-`);
  try {
    await writeFile(`${work}/pom.xml`, kafkaPom);
    const goal = ['dependency:copy-dependencies', '-DincludeScope=runtime', `-DoutputDirectory=${work}/libs`];
    await run(['mvn', '-B', '-q', '-f', `${work}/pom.xml`, `-Dmaven.repo.local=${work}/repository`, ...goal]);
    await rename(`${work}/libs`, target).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error; // another run was faster
    });
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** slf4j-simple writes the broker's log: without a binding every failure at startup would be silent. */
const kafkaPom = `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>rostra</groupId><artifactId>stack</artifactId><version>1</version>
  <dependencies>
    <dependency><groupId>org.apache.kafka</groupId><artifactId>kafka_2.13</artifactId><version>${kafkaVersion}</version></dependency>
    <dependency><groupId>org.slf4j</groupId><artifactId>slf4j-simple</artifactId><version>1.7.36</version></dependency>
  </dependencies>
</project>
`;

function commandPath(name: string): string | undefined {
  const folders = searchPath.split(delimiter);
  return folders.map((folder) => `${folder}/${name}`).find((path) => existsSync(path));
}
