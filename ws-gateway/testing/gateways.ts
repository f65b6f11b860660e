import { randomInt, randomUUID } from 'node:crypto';
import { createServer } from 'node:net';
import jwt from 'jsonwebtoken';
import { serveRpc } from '../../shared/rpc.ts';
import type { Logger } from '../../shared/logger.ts';
import type { GatewayEnvironment } from '../env.ts';
import { type Gateway, startGateway } from '../gateway.ts';
import { fromStack } from '../../shared/testing/environment.ts';
import { until } from './until.ts';

export const SECRET = 'a secret of this test, long enough for HS256';

export interface Claims {
  readonly sub: string;
  readonly type: 'user' | 'client';
  readonly owner?: string;
  readonly name?: string;
  /** Seconds from now. */
  readonly lasts?: number;
}

export function sign({ lasts = 3_600, ...claims }: Claims): string {
  return jwt.sign({ ...claims, exp: Math.floor(Date.now() / 1_000) + lasts }, SECRET, { noTimestamp: true });
}

/** A viewer of any room that exists. */
export const viewer = (): Claims => ({ sub: randomUUID(), type: 'client' });
/** Who owns the room of their own id. */
export const streamer = (): Claims => ({ sub: randomUUID(), type: 'user', name: 'Streamer' });

/** A port that is free now, below those that the kernel hands out by itself. */
export async function freePort(): Promise<number> {
  for (let attempt = 0; attempt < 50; attempt++) {
    const port = randomInt(20_000, 32_000);
    const isFree = await new Promise<boolean>((resolve) => {
      const server = createServer().once('error', () => resolve(false));
      server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
    });
    if (isFree) return port;
  }
  throw new Error('no free port');
}

/** The rooms context as far as a gateway asks it: `rooms` says which there are; null = it fails to answer. */
export async function serveRooms(log: Logger, rooms: { current: ReadonlySet<string> | null }) {
  const roomExists = async ({ owner_id: ownerId }: { owner_id: string }) => {
    if (!rooms.current) throw new Error('out of order, on purpose');
    return { exists: rooms.current.has(ownerId) };
  };
  // Whatever else the context answers by now is of no interest to a gateway.
  const answers = new Proxy({ roomExists }, { get: () => roomExists });
  const proto = new URL('../../services/rooms/service.proto', import.meta.url);
  return serveRpc([{ proto, answers }], `127.0.0.1:${await freePort()}`, log);
}

export interface Running extends Gateway {
  readonly url: string;
}

/** The least that a gateway needs to be told. */
export interface Whereabouts {
  readonly namespace: string;
  readonly brokers: readonly string[];
  readonly roomsPort: number;
}

/** A gateway of this process that is ready; draining it twice is harmless. */
export async function runGateway(
  { namespace, brokers, roomsPort }: Whereabouts,
  more: Partial<GatewayEnvironment>,
  log: Logger,
): Promise<Running> {
  const gateway = await startGateway(
    {
      ...{ kafkaBrokers: brokers, redisUrl: fromStack('REDIS_URL'), namespace, logLevel: 'silent', metricsPort: 0 },
      ...{ host: '127.0.0.1', port: await freePort(), roomsAddress: `127.0.0.1:${roomsPort}` },
      // Nobody answers there, unless a test says otherwise.
      authAddress: '127.0.0.1:1',
      tokenKeys: { secret: SECRET, publicKey: null, jwksUrl: null, issuer: null, audience: null },
      ...{ allowedOrigins: null, allowAnonymous: false, windowBytes: 64 * 1_048_576, drainMs: 0 },
      limits: { connectionsPerPerson: null, frames: null },
      ...more,
    },
    log,
  );
  await until(async () => (await gateway.health.report()).ready, 'the gateway is ready');
  let drained: Promise<void> | null = null;
  return { ...gateway, url: `ws://127.0.0.1:${gateway.port}`, drain: () => (drained ??= gateway.drain()) };
}
