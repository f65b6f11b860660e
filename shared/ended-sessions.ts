import { within } from './clock.ts';
import { REVOCATION_MS } from './own-tokens.ts';
import type { Redis } from './redis.ts';

/**
 * Which sessions have ended, noted in Redis before the answer that says so goes out: for the ingress, in case the auth
 * service goes away in the few seconds before it is asked again. Redis may forget; then the service's own word, which
 * comes as soon as it is back, is all there is.
 */
const PATIENCE_MS = 200;

const keyOf = (namespace: string, session: string) => `${namespace}ended:${session}`;

/** Never throws, and waits for 200 ms at most. */
export async function noteEnded(redis: Redis, namespace: string, sessions: readonly string[]): Promise<void> {
  const writes = sessions.map((session) => redis.set(keyOf(namespace, session), '1', 'PX', REVOCATION_MS));
  await within(PATIENCE_MS, Promise.all(writes)).catch(() => undefined);
}

/** False also where Redis does not answer within 200 ms. */
export async function isNotedEnded(redis: Redis, namespace: string, session: string): Promise<boolean> {
  const found = within(PATIENCE_MS, redis.exists(keyOf(namespace, session)));
  return found.then(
    (count) => count === 1,
    () => false,
  );
}
