import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import type { Wanted } from './install.ts';
import { choosePort } from './ports.ts';
import { run, timed } from './run.ts';
import type { Part } from './server.ts';
import type { PartName, Started } from './stack.ts';

const root = resolve(import.meta.dirname, '../..');
const engineTimeoutMs = 5_000;

/** Says whether anything is wanted at all, a Docker engine answers within 5 s, and Compose is there to ask it. */
export async function hasDockerEngine(wanted: Wanted): Promise<boolean> {
  if (!Object.values(wanted).includes(true)) return false;
  try {
    await run(['docker', 'info'], { timeout: engineTimeoutMs });
    await run(['docker', 'compose', 'version'], { timeout: engineTimeoutMs });
    return true;
  } catch {
    return false;
  }
}

/**
 * Starts the wanted servers of docker-compose.yml on free ports of this machine, in a project named after the
 * directory, and resolves once their health checks pass. Their data is in the project's volumes.
 */
export async function startCompose(directory: string, wanted: Wanted, log: (line: string) => void): Promise<Started> {
  const settings = await composeSettings(directory);
  const compose = (...args: string[]) =>
    run(['docker', 'compose', '-p', projectName(directory), ...args], { cwd: root, env: settings });
  const names: PartName[] = [
    ...(wanted.kafka ? ['kafka' as const] : []),
    ...(wanted.databases ? ['mysql' as const, 'replica' as const] : []),
    ...(wanted.redis ? ['redis' as const] : []),
  ];
  await timed(`${names.join(', ')} by Docker Compose`, log, () => compose('up', '-d', '--wait', ...names));
  const parts = await Promise.all(names.map(async (name) => [name, await createPart(name, compose)] as const));
  const url = (port: string) => `mysql://root:${settings.MYSQL_PASSWORD}@127.0.0.1:${port}`;
  return {
    env: {
      ...(wanted.kafka ? { KAFKA_BROKERS: `127.0.0.1:${settings.KAFKA_PORT}` } : {}),
      ...(wanted.databases
        ? { DATABASE_URL: url(settings.MYSQL_PORT), DATABASE_REPLICA_URL: url(settings.REPLICA_PORT) }
        : {}),
      ...(wanted.redis ? { REDIS_URL: `redis://127.0.0.1:${settings.REDIS_PORT}` } : {}),
    },
    parts: Object.fromEntries(parts),
    discard: async () => {
      await compose('down', '--volumes', '--timeout', '15');
    },
  };
}

interface Settings extends Record<string, string> {
  KAFKA_PORT: string;
  MYSQL_PORT: string;
  REPLICA_PORT: string;
  REDIS_PORT: string;
  MYSQL_PASSWORD: string;
}

/** The password is part of the data that the volumes keep, so it is kept too; the ports are chosen anew. */
async function composeSettings(directory: string): Promise<Settings> {
  const path = `${directory}/compose.password`;
  if (!existsSync(path)) await writeFile(path, randomBytes(18).toString('base64url'), { mode: 0o600 });
  return {
    KAFKA_PORT: String(await choosePort()),
    MYSQL_PORT: String(await choosePort()),
    REPLICA_PORT: String(await choosePort()),
    REDIS_PORT: String(await choosePort()),
    MYSQL_PASSWORD: await readFile(path, 'utf8'),
  };
}

/** Compose allows lower-case letters, digits, hyphens and underscores. */
function projectName(directory: string): string {
  return `rostra-${basename(directory)
    .toLowerCase()
    .replaceAll(/[^a-z0-9_-]/g, '-')}`;
}

async function createPart(name: PartName, compose: (...args: string[]) => Promise<string>): Promise<Part> {
  const findPid = async () => {
    const container = (await compose('ps', '--quiet', name)).trim();
    return Number(await run(['docker', 'inspect', '--format', '{{.State.Pid}}', container]));
  };
  let pid = await findPid();
  return {
    get pid() {
      return pid;
    },
    async kill(signal) {
      await compose('kill', '--signal', signal, name);
    },
    async start() {
      await compose('up', '-d', '--wait', name);
      pid = await findPid();
    },
    keepUp: () => undefined, // A container is its engine's to start again; docker-compose.yml asks for no such thing.
    async stop() {
      await compose('stop', '--timeout', '15', name);
      pid = 0;
    },
  };
}
