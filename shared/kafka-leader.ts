import { sleep } from './clock.ts';

const LEADER_WAIT_MS = 5_000;
const LEADER_POLL_MS = 100;
const EARLY = new Set(['NOT_LEADER_FOR_PARTITION', 'LEADER_NOT_AVAILABLE']);

/**
 * Asks again, for 5 s, what a broker cannot know yet: a topic made a moment ago has no leaders, and a broker that has just
 * started may not know a topic's partitions, over which kafkajs trips with a TypeError; it waits for neither.
 */
export async function withLeader<T>(ask: () => Promise<T>): Promise<T> {
  const deadline = performance.now() + LEADER_WAIT_MS;
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      if (!isEarly(error) || performance.now() > deadline) throw error;
      await sleep(LEADER_POLL_MS);
    }
  }
}

function isEarly(error: unknown): boolean {
  const { type } = error as { type?: unknown };
  return error instanceof TypeError || (typeof type === 'string' && EARLY.has(type));
}
