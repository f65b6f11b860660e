import { expect, test } from '@jest/globals';
import { readIngressEnvironment } from './env.ts';

const given = { KAFKA_BROKERS: 'a:1, b:2', REDIS_URL: 'redis://a', JWT_SECRET: 'secret' };

test('limits, origins and ports have the defaults of the contract', () => {
  expect(readIngressEnvironment(given)).toMatchObject({
    kafkaBrokers: ['a:1', 'b:2'],
    port: 3000,
    wsPort: 3001,
    currency: 'USD',
    allowedOrigins: null,
    trustedProxies: [],
    allowAnonymous: false,
    limits: {
      messages: { calls: 20, windowMs: 30_000 },
      donations: { calls: 20, windowMs: 60_000 },
      requests: { calls: 100, windowMs: 10_000 },
    },
  });
});

test('"off" turns one limit off and leaves the others', () => {
  const { limits } = readIngressEnvironment({ ...given, RATE_LIMIT_MESSAGES: 'off', RATE_LIMIT_DONATIONS: '5/10s' });
  expect(limits).toMatchObject({ messages: null, donations: { calls: 5, windowMs: 10_000 }, requests: { calls: 100 } });
});

test.each([
  ['RATE_LIMIT_MESSAGES', '0/30s'],
  ['RATE_LIMIT_MESSAGES', '20/30'],
  ['RATE_LIMIT_REQUESTS', 'none'],
  ['ALLOWED_ORIGINS', 'https://app.example/'],
  ['ALLOWED_ORIGINS', '*'],
  ['TRUSTED_PROXIES', '10.0.0.0/33'],
  ['TRUSTED_PROXIES', 'localhost'],
  ['CURRENCY', 'usd'],
  ['PORT', '65536'],
  ['WS_URL', 'http://a'],
  ['JWT_JWKS_URL', 'https://site.example/keys'],
])('%s=%s cannot be right, and is named', (name, value) => {
  expect(() => readIngressEnvironment({ ...given, [name]: value })).toThrow(name);
});
