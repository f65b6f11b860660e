import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { Events, OAuth2Server } from 'oauth2-mock-server';
import { bindEndpoint } from '../../../ingress/bound.ts';
import { isAllowed } from '../../../ingress/origins.ts';
import { startIngress, type Got, type TestIngress } from '../../../ingress/testing/ingress.ts';
import { choosePort } from '../../../scripts/stack/ports.ts';
import type { Clock } from '../../../shared/clock.ts';
import type { Database } from '../../../shared/database.ts';
import { freshId } from '../../../shared/ids.ts';
import { connectRedis, type Redis, untilReady } from '../../../shared/redis.ts';
import type { WaysInSettings } from '../../../shared/service.ts';
import { testDatabase } from '../../../shared/testing/database.ts';
import { fromStack, testLog } from '../../../shared/testing/environment.ts';
import { challengeOf } from '../oauth.ts';
import type { AuthOptions } from '../options.ts';
import { authOptions } from '../service.ts';
import { waysInAnswers } from '../ways-in.ts';
import * as endpoints from '../ways-in-endpoints.ts';

/** The ways in over HTTP, on a database of their own. */
export interface TestWaysIn {
  readonly options: AuthOptions;
  readonly database: Database;
  readonly redisUrl: string;
  readonly ingress: TestIngress;
  /** Moves this service's clock. */
  later(ms: number): void;
  /** How many accounts, sessions and identities there are, and events that wait. */
  counts(): Promise<Readonly<Record<'accounts' | 'sessions' | 'identities' | 'outbox', number>>>;
  close(): Promise<void>;
}

/** @param clockMs the time that this service's clock starts from; it goes on by itself unless this stands still */
export async function openTestWaysIn(waysIn: WaysInSettings, clockMs: () => number = Date.now): Promise<TestWaysIn> {
  const on = await testDatabase('auth');
  const redisUrl = fromStack('REDIS_URL');
  const redis = connectRedis(redisUrl, testLog);
  await untilReady(redis);
  let shiftMs = 0;
  const clock: Clock = { now: () => new Date(clockMs() + shiftMs) };
  const options = authOptions({
    ...{ database: on.database, replica: on.database, redis, namespace: on.namespace, currency: 'USD' },
    ...{ clock, log: testLog, messagesFromDefault: 'friends' as const, waysIn, committed: () => undefined },
  });
  const ingress = await startIngress(boundRoutes(options));
  return {
    options,
    database: on.database,
    redisUrl,
    ingress,
    later: (ms) => void (shiftMs += ms),
    counts: () => countRows(on.database),
    async close() {
      await ingress.close();
      await dropJobs(redis, on.namespace);
      redis.disconnect();
      await on.drop();
    },
  };
}

function boundRoutes(options: AuthOptions) {
  const mayRedirectTo = (uri: string, host: string) => isAllowed(new URL(uri).origin, host, null);
  const ports = { auth: waysInAnswers(options), mayRedirectTo };
  const { listProviders, beginOauth, finishOauth, resetPassword, confirmPassword } = endpoints;
  return [
    { method: 'GET' as const, paths: ['/oauth'], endpoint: bindEndpoint(listProviders, ports) },
    { method: 'GET' as const, paths: ['/oauth/:provider'], endpoint: bindEndpoint(beginOauth, ports) },
    { method: 'POST' as const, paths: ['/oauth'], endpoint: bindEndpoint(finishOauth, ports) },
    { method: 'POST' as const, paths: ['/password/reset'], endpoint: bindEndpoint(resetPassword, ports) },
    { method: 'POST' as const, paths: ['/password/reset/confirm'], endpoint: bindEndpoint(confirmPassword, ports) },
  ];
}

async function countRows(database: Database) {
  const [row] = await database.select<Record<'accounts' | 'sessions' | 'identities' | 'outbox', string>>(
    `SELECT (SELECT COUNT(*) FROM accounts) AS accounts, (SELECT COUNT(*) FROM sessions) AS sessions,
       (SELECT COUNT(*) FROM identities) AS identities, (SELECT COUNT(*) FROM outbox) AS outbox`,
  );
  const { accounts, sessions, identities, outbox } = row ?? {};
  return {
    accounts: Number(accounts),
    sessions: Number(sessions),
    identities: Number(identities),
    outbox: Number(outbox),
  };
}

async function dropJobs(redis: Redis, namespace: string): Promise<void> {
  const keys = await redis.keys(`${namespace}jobs:*`);
  if (keys.length > 0) await redis.del(keys);
}

/** An OpenID Connect provider in this process, whose answers a test may bend. */
export interface TestProvider {
  readonly server: OAuth2Server;
  readonly issuer: string;
  /** What its id tokens say from now on, beside what they must. */
  claims: Record<string, unknown>;
  /** How often a code was brought to it. */
  exchanges(): number;
  stop(): Promise<void>;
}

export async function startProvider(): Promise<TestProvider> {
  const server = new OAuth2Server();
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2_048 });
  await server.issuer.keys.add({ ...privateKey.export({ format: 'jwk' }), kid: freshId(), alg: 'RS256' });
  await server.start(await choosePort(), '127.0.0.1');
  let exchanges = 0;
  const provider: TestProvider = {
    server,
    issuer: server.issuer.url ?? '',
    claims: {},
    exchanges: () => exchanges,
    stop: () => server.stop(),
  };
  server.service.on(Events.BeforeTokenSigning, (token) => void Object.assign(token.payload, provider.claims));
  server.service.on(Events.BeforeResponse, () => void exchanges++);
  return provider;
}

/** Somebody's browser on its way to a provider and back. */
export interface Journey {
  readonly begun: Got;
  readonly verifier: string;
  readonly redirectUri: string;
  /** The body of POST /oauth that this browser would send. */
  readonly body: Readonly<Record<string, string>>;
}

/** Goes to the provider, consents there, and comes back with a code. */
export async function travel({ ingress }: TestWaysIn, provider = 'mock'): Promise<Journey> {
  const verifier = randomBytes(32).toString('base64url');
  const redirectUri = `http://127.0.0.1:${ingress.port}/signed-in`;
  const begun = await ingress.send({ path: beginPath(provider, { redirect_uri: redirectUri }, verifier) });
  const url = begun.json['url'];
  if (typeof url !== 'string') throw new Error(`not begun: ${begun.text}`);
  const consented = await fetch(url, { redirect: 'manual' });
  const back = new URL(consented.headers.get('location') ?? '');
  const [code, state] = [back.searchParams.get('code') ?? '', back.searchParams.get('state') ?? ''];
  const body = { provider, code, state, redirect_uri: redirectUri, code_verifier: verifier };
  return { begun, verifier, redirectUri, body };
}

/** The path of GET /oauth/:provider; an empty text leaves a parameter out. */
export function beginPath(provider: string, parameters: Readonly<Record<string, string>>, verifier = 'v'): string {
  const all = { code_challenge: challengeOf(verifier), code_challenge_method: 'S256', ...parameters };
  return `/oauth/${provider}?${new URLSearchParams(Object.entries(all).filter(([, value]) => value !== ''))}`;
}

/** Brings it to POST /oauth. */
export function comeBack(
  { ingress }: TestWaysIn,
  { body }: Journey,
  changed: Record<string, unknown> = {},
): Promise<Got> {
  return ingress.send({ path: '/oauth', body: { ...body, ...changed } });
}
