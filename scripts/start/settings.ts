import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { EnvironmentReader } from '../../shared/environment.ts';
import { isClaimed } from '../stack/leftovers.ts';
import { choosePort, isPortFree, portHolder } from '../stack/ports.ts';

const defaultPort = 3_000;
const defaultWsPort = 3_001;
const secretBytes = 32;
const portStep = 100;
const mostPortTries = 50;
const lowestProposal = 10_000;

/** What `npm start` decides itself. */
export interface Settings {
  port: number;
  wsPort: number;
  /** Undefined where only public keys are given: then nobody here can sign a token. */
  jwtSecret: string | undefined;
}

interface Ports {
  port: number;
  wsPort: number;
}

/**
 * Takes what is set and makes up the rest: ports 3000 and 3001, and a secret for tokens that is kept in the directory.
 * Throws with every variable that cannot be right, where another `npm start` runs here already, or with who holds which
 * port and a command that would do.
 */
export async function chooseSettings(env: NodeJS.ProcessEnv, directory: string): Promise<Settings> {
  const { port, wsPort } = readSettings(env);
  if (await isClaimed(directory))
    throw new Error('"npm start" runs in this folder already. Stop that, or start another in a clone of its own.');
  await requireFree({ port, wsPort }, env);
  const hasPublicKey = Boolean(env.JWT_PUBLIC_KEY || env.JWT_JWKS_URL);
  const jwtSecret = env.JWT_SECRET || (hasPublicKey ? undefined : await keptSecret(directory));
  return { port, wsPort, jwtSecret };
}

/** @throws EnvironmentError with everything that `npm start` itself cannot use */
export function readSettings(env: NodeJS.ProcessEnv): Ports {
  const reader = new EnvironmentReader(env);
  const port = reader.integer('PORT', 1, 65_535, defaultPort);
  const wsPort = reader.integer('WS_PORT', 1, 65_535, defaultWsPort);
  if (port === wsPort) reader.fault('PORT and WS_PORT must differ');
  reader.port('SERVICES_PORT', 0);
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

/** Looks at both ports before it says anything, so that the command that it proposes is the last one needed. */
async function requireFree({ port, wsPort }: Ports, env: NodeJS.ProcessEnv): Promise<void> {
  const [isFree, isWsFree] = [await isPortFree(port), await isPortFree(wsPort)];
  if (isFree && isWsFree) return;
  const other = isFree ? port : await freePortAfter(port, [wsPort]);
  const otherWs = isWsFree ? wsPort : await freePortAfter(wsPort, [other]);
  const holders = await Promise.all([
    ...(isFree ? [] : [describeHolder(port)]),
    ...(isWsFree ? [] : [describeHolder(wsPort)]),
  ]);
  const words = [
    ...(isFree && !env.PORT ? [] : [`PORT=${other}`]),
    ...(isWsFree && !env.WS_PORT ? [] : [`WS_PORT=${otherWs}`]),
  ];
  throw new Error(`${holders.join('\n')}\nStop that, or choose another: ${words.join(' ')} npm start`);
}

async function describeHolder(port: number): Promise<string> {
  return `Port ${port} is taken by ${(await portHolder(port)) ?? 'a process that this account cannot see'}.`;
}

/** A hundred further on, which is easy to remember, or the next free one from there. */
async function freePortAfter(taken: number, others: readonly number[]): Promise<number> {
  const first = taken + portStep < 65_536 - mostPortTries ? taken + portStep : lowestProposal;
  for (let port = first; port < first + mostPortTries; port += 1) {
    if (!others.includes(port) && (await isPortFree(port))) return port;
  }
  return choosePort();
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
