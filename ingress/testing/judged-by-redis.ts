import { sleep } from '../../shared/clock.ts';
import { registry } from '../../shared/metrics.ts';

const ROUNDS = 5;
/** After a failure the gate leaves Redis alone for 1 s, and a busy machine may need more. */
const BETWEEN_ROUNDS_MS = 4_000;

/**
 * Plays a round, and again from its beginning where Redis was too late for one of its calls: such a call is rightly limited
 * by this process alone, which counts by itself. Each round takes people of its own.
 * @throws where no round was judged by Redis alone: then it is the gate that does not wait
 */
export async function judgedByRedis<T>(round: () => Promise<T>): Promise<T> {
  for (let tries = 0; tries < ROUNDS; tries++) {
    const before = await callsWithoutRedis();
    const outcome = await round();
    if ((await callsWithoutRedis()) === before) return outcome;
    await sleep(BETWEEN_ROUNDS_MS);
  }
  throw new Error(`Redis was left out in each of ${ROUNDS} rounds`);
}

async function callsWithoutRedis(): Promise<number> {
  const metric = await registry.getSingleMetric('rostra_gate_without_redis_total')?.get();
  if (!metric) throw new Error('calls without Redis are not counted');
  return metric.values[0]?.value ?? 0;
}
