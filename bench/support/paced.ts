import { setTimeout as sleep } from 'node:timers/promises';
import type { OutRecord } from '../../shared/kafka.ts';
import type { Namespace } from './namespace.ts';

const TICK_MS = 1;

/** Puts records on their topics, each when it is due or, while a request is on its way, as soon as that has ended. */
export async function producePaced(
  namespace: Namespace,
  perSecond: number,
  forMs: number,
  next: () => OutRecord,
): Promise<void> {
  const total = Math.floor((perSecond * forMs) / 1_000);
  const from = performance.now();
  for (let made = 0; made < total; await sleep(TICK_MS)) {
    const due = Math.min(total, Math.floor(((performance.now() - from) * perSecond) / 1_000));
    if (due === made) continue;
    await namespace.produce(Array.from({ length: due - made }, next));
    made = due;
  }
}
