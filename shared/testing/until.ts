import { setTimeout as sleep } from 'node:timers/promises';

const POLL_MS = 20;

/**
 * Waits for a condition: resolves with its first answer that is neither false, null nor undefined.
 * @throws after `timeoutMs`, with what `describe` says or the last error of the condition
 */
export async function until<T>(
  condition: () => T | Promise<T>,
  { timeoutMs = 10_000, describe }: { timeoutMs?: number; describe?: () => unknown } = {},
): Promise<Exclude<T, false | null | undefined>> {
  const deadline = Date.now() + timeoutMs;
  let failure: unknown;
  do {
    try {
      const answer = await condition();
      if (answer !== false && answer !== null && answer !== undefined) {
        return answer as Exclude<T, false | null | undefined>;
      }
      failure = undefined;
    } catch (error) {
      failure = error;
    }
    await sleep(POLL_MS);
  } while (Date.now() < deadline);
  const about = describe ? `: ${JSON.stringify(await describe())}` : '';
  throw new Error(`not so within ${timeoutMs} ms${about}`, { cause: failure });
}
