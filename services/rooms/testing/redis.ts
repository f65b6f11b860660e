import type { Redis } from '../../../shared/redis.ts';

/** Removes a test's own keys; to the product this is a loss of Redis. */
export async function loseKeys(redis: Redis, namespace: string): Promise<void> {
  const keys = await redis.keys(`${namespace}*`);
  if (keys.length > 0) await redis.del(keys);
}
