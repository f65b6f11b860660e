import { until as untilSo } from '../../shared/testing/until.ts';

/**
 * Asks again until the answer is truthy; then gives it. An answer that fails is asked for again too.
 * @throws after `timeoutMs` with `what`, and the last failure as its cause
 */
export async function until<T>(what: string, ask: () => Promise<T> | T, timeoutMs = 60_000): Promise<NonNullable<T>> {
  const answer = await untilSo(async () => (await ask()) || null, { timeoutMs, describe: () => what });
  return answer as NonNullable<T>;
}
