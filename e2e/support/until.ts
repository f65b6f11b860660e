import { setTimeout as pause } from 'node:timers/promises';

/** Asks again every 50 ms until the answer is truthy; then gives it. @throws after `timeoutMs` with `what` */
export async function until<T>(what: string, ask: () => Promise<T> | T, timeoutMs = 20_000): Promise<NonNullable<T>> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const answer = await ask();
    if (answer) return answer;
    if (Date.now() > deadline) throw new Error(`not within ${timeoutMs} ms: ${what}`);
    await pause(50);
  }
}
