import { type IncomingHttpHeaders, request as httpRequest, type Server } from 'node:http';
import { connect } from 'node:net';
import jwt from 'jsonwebtoken';
import { systemClock } from '../../shared/clock.ts';
import { freshId } from '../../shared/ids.ts';
import { Health } from '../../shared/health.ts';
import { createVerifier, type TokenVerifier } from '../../shared/jwt.ts';
import type { OutRecord } from '../../shared/kafka.ts';
import { connectRedis, untilReady } from '../../shared/redis.ts';
import { choosePort } from '../../scripts/stack/ports.ts';
import { fromStack, testLog, testNamespace } from '../../shared/testing/environment.ts';
import { createAddressOf } from '../address.ts';
import { type AppOptions, createApp } from '../app.ts';
import { createGate, type Limits } from '../rate-limit.ts';
import { acceptConnections } from '../../shared/accept-queues.ts';
import { createHttpServer, defaultBounds, type ServerBounds } from '../server.ts';

/** The ingress on a port of its own, with the real Redis and a publisher that keeps what it is given. */

export const SECRET = 'a secret that only tests know';
export const limitsOff: Limits = {
  messages: null,
  donations: null,
  invites: null,
  login: null,
  'login-address': null,
  requests: null,
};

export interface Sent {
  readonly method?: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string | string[]>>;
  /** An object is sent as JSON; text and bytes as they are. */
  readonly body?: unknown;
}

export interface Got {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  readonly json: Record<string, unknown>;
}

export interface TestIngress {
  readonly port: number;
  readonly server: Server;
  readonly published: OutRecord[];
  send(sent: Sent): Promise<Got>;
  /** Writes bytes to a fresh connection and resolves with all that came back, once the server has ended it. */
  raw(text: string | Buffer): Promise<string>;
  close(): Promise<void>;
}

type Overrides = Partial<AppOptions> & { limits?: Limits; bounds?: Partial<ServerBounds>; trustedProxies?: string[] };

export async function startIngress(routes: AppOptions['routes'], overrides: Overrides = {}): Promise<TestIngress> {
  const redis = connectRedis(fromStack('REDIS_URL'), testLog);
  await untilReady(redis);
  const published: OutRecord[] = [];
  const { limits = limitsOff, bounds, trustedProxies = [], ...options } = overrides;
  const gate = createGate({ redis, namespace: testNamespace(), limits, log: testLog, now: Date.now });
  const app = createApp({
    routes,
    pages: [],
    health: new Health({}),
    log: testLog,
    accessLog: options.log ?? testLog,
    allowedOrigins: null,
    verifier: testVerifier(),
    gate,
    publisher: { publish: async (record) => void published.push(record), refusal: () => null },
    addressOf: createAddressOf(trustedProxies),
    clock: systemClock,
    ...options,
  });
  const all = { ...defaultBounds, ...bounds };
  const server = createHttpServer(app, all);
  const at = { host: '127.0.0.1', port: await choosePort(), maximum: all.maximumConnections };
  const { port, close: closeQueues } = await acceptConnections(server, at);
  return {
    port,
    server,
    published,
    send: (sent) => send(port, sent),
    raw: (text) => raw(port, text),
    async close() {
      redis.disconnect();
      server.closeAllConnections();
      await closeQueues();
    },
  };
}

export function testVerifier(): TokenVerifier {
  return createVerifier({
    secret: SECRET,
    publicKey: null,
    jwks: null,
    issuer: null,
    audience: null,
    own: null,
    now: Date.now,
  });
}

export interface Claims {
  sub?: string;
  type?: 'user' | 'client';
  owner?: string;
  scope?: string;
  name?: string;
}

/** The header of a person, a fresh client unless said otherwise. */
export function bearer(claims: Claims = {}): { authorization: string } {
  const token = jwt.sign({ sub: freshId(), type: 'client', ...claims }, SECRET, { expiresIn: 600 });
  return { authorization: `Bearer ${token}` };
}

async function send(port: number, { method, path, headers = {}, body }: Sent): Promise<Got> {
  const bytes = body === undefined ? undefined : toBytes(body);
  const { promise, resolve, reject } = Promise.withResolvers<Got>();
  const isJson = body !== undefined && headers['content-type'] === undefined;
  const sent = httpRequest(
    {
      port,
      host: '127.0.0.1',
      path,
      method: method ?? (body === undefined ? 'GET' : 'POST'),
      headers: {
        ...(isJson && { 'content-type': 'application/json' }),
        ...(bytes && headers['transfer-encoding'] === undefined && { 'content-length': bytes.length }),
        ...headers,
      },
      agent: false,
    },
    (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => {
        const text = Buffer.concat(chunks).toString('utf8');
        const isJsonAnswer = response.headers['content-type']?.startsWith('application/json') && text !== '';
        const json = (isJsonAnswer ? JSON.parse(text) : {}) as Record<string, unknown>;
        resolve({ status: response.statusCode ?? 0, headers: response.headers, text, json });
      });
      response.on('error', reject);
    },
  );
  sent.on('error', reject);
  sent.end(bytes);
  return promise;
}

function toBytes(body: unknown): Buffer {
  if (Buffer.isBuffer(body)) return body;
  return Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
}

function raw(port: number, text: string | Buffer): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>();
  let answer = '';
  const socket = connect(port, '127.0.0.1', () => socket.write(text));
  socket.on('data', (chunk) => (answer += chunk.toString('latin1')));
  socket.on('error', () => undefined);
  socket.on('close', () => resolve(answer));
  return promise;
}
