import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { EnvironmentError } from '../../shared/environment.ts';
import { readProcfile } from '../fleet/procfile.ts';
import { checkEnvironment } from './environment-check.ts';

function faults(env: NodeJS.ProcessEnv): readonly string[] {
  try {
    checkEnvironment(env, readProcfile());
    return [];
  } catch (error) {
    if (error instanceof EnvironmentError) return error.faults;
    throw error;
  }
}

test('nothing need be set, and what .env.example sets is right', () => {
  expect(faults({})).toEqual([]);
  const example = readFileSync(new URL('../../.env.example', import.meta.url), 'utf8');
  const set = [...example.matchAll(/^([A-Z_]+)=(\S*)/gm)].map(([, name, value]) => [name, value] as const);
  expect(set.length).toBeGreaterThan(10);
  expect(faults(Object.fromEntries(set))).toEqual([]);
});

test('faults of all processes are listed at once, each with those that would stop at it', () => {
  const env = {
    CURRENCY: 'dollars',
    RATE_LIMIT_FRAMES: 'many',
    RATE_LIMIT_MESSAGES: 'few',
    ALLOW_ANONYMOUS: 'yes',
    LOG_LEVEL: 'loud',
    DATABASE_URL_ROOMS: 'postgres://a',
    REDIS_URL: 'localhost',
    WS_PORT: 'x',
    SERVICES_PORT: 'y',
  };
  expect(faults(env)).toEqual([
    'WS_PORT must be a whole number from 1 to 65535',
    'SERVICES_PORT must be a whole number from 0 to 65535',
    'DATABASE_URL_ROOMS must be a URL that starts with mysql://',
    'REDIS_URL must be a URL that starts with redis:// or rediss://',
    'LOG_LEVEL must be one of fatal, error, warn, info, debug, trace, silent',
    'CURRENCY must be an ISO 4217 code (ingress, services, people)',
    expect.stringMatching(/^RATE_LIMIT_MESSAGES must be .*\(ingress\)$/),
    'ALLOW_ANONYMOUS must be "true" or "false" (ingress, ws-gateway)',
    expect.stringMatching(/^RATE_LIMIT_FRAMES must be .*\(ws-gateway\)$/),
  ]);
});

test('two keys for tokens are one too many', () => {
  expect(faults({ JWT_SECRET: 'x', JWT_JWKS_URL: 'https://site.example/keys' })).toEqual([
    'exactly one of JWT_SECRET, JWT_PUBLIC_KEY and JWT_JWKS_URL must be set (ingress, ws-gateway)',
  ]);
});
