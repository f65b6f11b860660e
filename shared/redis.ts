import { Redis } from 'ioredis';
import type { Logger } from './logger.ts';

export type { Redis };

/**
 * A client that never lets its caller wait long: commands fail at once while Redis is away, or after `timeoutMs`, and
 * the caller falls back. Pipelined by itself per turn of the loop.
 */
export function connectRedis(url: string, log: Logger, timeoutMs = 1_000): Redis {
  const redis = new Redis(url, {
    enableAutoPipelining: true,
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    commandTimeout: timeoutMs,
    connectTimeout: 2_000,
    retryStrategy: (attempt) => Math.min(50 * 2 ** Math.min(attempt, 6), 2_000),
  });
  logConnection(redis, log);
  return redis;
}

/** A client that only listens to Redis channels; it subscribes again by itself after a reconnect. */
export function connectSubscriber(url: string, log: Logger): Redis {
  const redis = new Redis(url, {
    maxRetriesPerRequest: null,
    autoResubscribe: true,
    retryStrategy: (attempt) => Math.min(50 * 2 ** Math.min(attempt, 6), 2_000),
  });
  logConnection(redis, log);
  return redis;
}

/** Resolves once the client may be used; rejects after `timeoutMs`. */
export async function untilReady(redis: Redis, timeoutMs = 10_000): Promise<void> {
  if (redis.status === 'ready') return;
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const timer = setTimeout(() => reject(new Error(`Redis did not answer within ${timeoutMs} ms`)), timeoutMs);
  redis.once('ready', resolve);
  await promise.finally(() => clearTimeout(timer));
}

function logConnection(redis: Redis, log: Logger): void {
  let isDown = false;
  redis.on('error', (error: Error) => {
    if (!isDown) log.warn({ err: error }, 'redis is away; falling back until it returns');
    isDown = true;
  });
  redis.on('ready', () => {
    if (isDown) log.info('redis is back');
    isDown = false;
  });
}
