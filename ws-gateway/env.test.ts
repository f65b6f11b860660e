import { expect, test } from '@jest/globals';
import { readGatewayEnvironment } from './env.ts';

const least = { KAFKA_BROKERS: '127.0.0.1:9092', REDIS_URL: 'redis://127.0.0.1', JWT_SECRET: 'secret' };

test('what is not set is as the contract says', () => {
  expect(readGatewayEnvironment(least)).toMatchObject({
    ...{ port: 3001, host: null, allowedOrigins: null, allowAnonymous: false, drainMs: 10_000 },
    windowBytes: 256 * 1_048_576,
    limits: { connectionsPerPerson: 20, frames: { frames: 120, spanMs: 60_000 } },
  });
});

test('"off" turns a limit off', () => {
  const { limits } = readGatewayEnvironment({ ...least, MAX_CONNECTIONS_PER_PERSON: 'off', RATE_LIMIT_FRAMES: 'off' });
  expect(limits).toEqual({ connectionsPerPerson: null, frames: null });
});

test('everything that cannot be right is named at once', () => {
  const wrong = {
    ...{ WS_PORT: '70000', ALLOWED_ORIGINS: 'https://a.example/path', ALLOW_ANONYMOUS: 'yes' },
    ...{ MAX_CONNECTIONS_PER_PERSON: '0', RATE_LIMIT_FRAMES: '120', WINDOW_BYTES: '1', DRAIN_MS: '99999' },
  };
  for (const name of [...Object.keys(wrong), 'KAFKA_BROKERS', 'REDIS_URL', 'JWT_SECRET']) {
    expect(() => readGatewayEnvironment(wrong)).toThrow(name);
  }
});
