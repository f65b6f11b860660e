import { randomUUID } from 'node:crypto';
import type { Stack } from '../../scripts/stack/stack.ts';
import { createLogger } from '../../shared/logger.ts';
import { connectRedis, type Redis, untilReady } from '../../shared/redis.ts';
import { lease } from '../../shared/registry.ts';
import type { Bench, Outcome } from '../support/figure.ts';
import { show } from '../support/numbers.ts';
import { processorSeconds } from '../support/process-figures.ts';
import { curve } from './curve.ts';

const AT_ONCE = 200;

interface Cost {
  readonly redisMicroseconds: number;
  readonly gatewayMicroseconds: number;
}

/** What presence costs: leases of viewers in one room, which a gateway writes anew every 20 s for all that it holds. */
export async function growthOfLeases(bench: Bench): Promise<Outcome> {
  const stack = await bench.stack();
  const pid = redisPid(stack);
  if (pid === null)
    return { measures: [], skipped: [{ what: 'leases', why: 'Redis is not a process of this machine' }], notes: [] };
  const viewers = bench.quick ? [500, 2_000] : [1_000, 50_000];
  const redis = connectRedis(stack.env.REDIS_URL, createLogger('bench', 'silent'));
  await untilReady(redis);
  try {
    const sizes = viewers.map((count) => ({ name: `${count.toLocaleString('en-US')} viewers`, results: [] as Cost[] }));
    for (let round = 0; round < bench.rounds; round++) {
      for (const [at, count] of viewers.entries())
        sizes[at]?.results.push(await renewAll(redis, pid, count, bench.quick ? 1 : 50_000 / count));
    }
    bench.log(`leases: ${show(sizes.at(-1)?.results.at(-1)?.redisMicroseconds ?? NaN)} µs of Redis each`);
    return {
      measures: curve(sizes, [
        { what: 'Redis CPU a lease', unit: 'µs', pick: (one) => one.redisMicroseconds },
        { what: 'CPU a lease of who writes it', unit: 'µs', pick: (one) => one.gatewayMicroseconds },
      ]),
      skipped: [],
      notes: [
        `leases: of one room, ${AT_ONCE} on their way at once, written by the bench through the product's own register`,
      ],
    };
  } finally {
    redis.disconnect();
  }
}

/** Null where its address was given. */
function redisPid(stack: Stack): number | null {
  try {
    return stack.part('redis').pid || null;
  } catch {
    return null;
  }
}

async function renewAll(redis: Redis, pid: number, viewers: number, times: number): Promise<Cost> {
  const namespace = `bench-${randomUUID()}:`;
  const owner = randomUUID();
  const people = Array.from({ length: viewers }, () => ({ subject: randomUUID(), connection: randomUUID() }));
  const total = viewers * times;
  const from = { redis: processorSeconds(pid), own: process.cpuUsage() };
  let next = 0;
  const renew = async () => {
    while (next < total) {
      const { subject, connection } = people[next++ % viewers] ?? { subject: '', connection: '' };
      const registered = { subject, type: 'client', name: 'Finn', boot: namespace } as const;
      await lease(redis, namespace, connection, registered, [owner], Date.now());
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, renew));
  const own = process.cpuUsage(from.own);
  const used = processorSeconds(pid) - from.redis;
  // What is left ends by itself within two minutes.
  return { redisMicroseconds: (used / total) * 1e6, gatewayMicroseconds: (own.user + own.system) / total };
}
