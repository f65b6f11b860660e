import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { EnvironmentReader } from '../../shared/environment.ts';
import { isPortFree, portHolder } from '../stack/ports.ts';

const defaultPort = 3_000;
const defaultWsPort = 3_001;
const secretBytes = 32;

/** What `npm start` decides itself. */
export interface Settings {
  port: number;
  wsPort: number;
  /** Undefined where only public keys are given: then nobody here can sign a token. */
  jwtSecret: string | undefined;
}

/**
 * Takes what is set and makes up the rest: ports 3000 and 3001, and a secret for tokens that is kept in the directory.
 * Throws with every variable that cannot be right, or with who holds a port.
 */
export async function chooseSettings(env: NodeJS.ProcessEnv, directory: string): Promise<Settings> {
  const { port, wsPort } = readPorts(env);
  await requireFree('PORT', port);
  await requireFree('WS_PORT', wsPort);
  const hasPublicKey = Boolean(env.JWT_PUBLIC_KEY || env.JWT_JWKS_URL);
  const jwtSecret = env.JWT_SECRET || (hasPublicKey ? undefined : await keptSecret(directory));
  return { port, wsPort, jwtSecret };
}

function readPorts(env: NodeJS.ProcessEnv): { port: number; wsPort: number } {
  const reader = new EnvironmentReader(env);
  const port = reader.integer('PORT', 1, 65_535, defaultPort);
  const wsPort = reader.integer('WS_PORT', 1, 65_535, defaultWsPort);
  if (port === wsPort) reader.fault('PORT and WS_PORT must differ');
  for (const name of Object.keys(env)) {
    if (env[name] && /^DATABASE_(REPLICA_)?URL/.test(name)) reader.url(name, ['mysql:']);
  }
  if (env.REDIS_URL) reader.url('REDIS_URL', ['redis:', 'rediss:']);
  if (env.KAFKA_BROKERS) reader.parsed('KAFKA_BROKERS', brokerList, 'host:port, several separated by commas');
  reader.finish();
  return { port, wsPort };
}

function brokerList(text: string): string[] | null {
  const brokers = text.split(',').map((broker) => broker.trim());
  return brokers.every((broker) => /^[^\s:]+:\d{1,5}$|^\[[0-9a-f:]+\]:\d{1,5}$/i.test(broker)) ? brokers : null;
}

async function requireFree(variable: string, port: number): Promise<void> {
  if (await isPortFree(port)) return;
  const holder = (await portHolder(port)) ?? 'a process that this account cannot see';
  const other = port + (variable === 'PORT' ? 100 : 101);
  throw new Error(
    `Port ${port} is taken by ${holder}. Stop that, or choose another port: ${variable}=${other} npm start`,
  );
}

/** The same at each start, so that a page that is still open keeps its token. */
async function keptSecret(directory: string): Promise<string> {
  const path = `${directory}/secrets.json`;
  if (existsSync(path)) return (JSON.parse(readFileSync(path, 'utf8')) as { JWT_SECRET: string }).JWT_SECRET;
  const secret = randomBytes(secretBytes).toString('base64url');
  await mkdir(directory, { recursive: true });
  await writeFile(path, `${JSON.stringify({ JWT_SECRET: secret })}\n`, { mode: 0o600 });
  return secret;
}
