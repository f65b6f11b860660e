import { setTimeout as sleep } from 'node:timers/promises';
import { awakeMs } from './awake.ts';

const POLL_MS = 20;
/** Far beyond what anything takes: only what would never come is to run into it. */
const TIMEOUT_MS = 30_000;

/**
 * Waits for a condition: resolves with its first answer that is neither false, null nor undefined.
 * @throws after `timeoutMs` in which this process ran, with what `describe` says or the last error of the condition
 */
export async function until<T>(
  condition: () => T | Promise<T>,
  { timeoutMs = TIMEOUT_MS, describe }: { timeoutMs?: number; describe?: () => unknown } = {},
): Promise<Exclude<T, false | null | undefined>> {
  const deadline = awakeMs() + timeoutMs;
  let failure: unknown;
  let isLast: boolean;
  do {
    // Looked at before the condition: whoever is held up in it or behind it looks once more.
    isLast = awakeMs() >= deadline;
    try {
      const answer = await condition();
      if (answer !== false && answer !== null && answer !== undefined) {
        return answer as Exclude<T, false | null | undefined>;
      }
      failure = undefined;
    } catch (error) {
      failure = error;
    }
    if (!isLast) await sleep(POLL_MS);
  } while (!isLast);
  const about = describe ? `: ${JSON.stringify(await describe())}` : '';
  throw new Error(`not so within ${timeoutMs} ms${about}`, { cause: failure });
}
