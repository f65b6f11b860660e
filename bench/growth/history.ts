import { randomUUID } from 'node:crypto';
import type { Stack } from '../../scripts/stack/stack.ts';
import { connectRedis, type Redis, untilReady } from '../../shared/redis.ts';
import { createLogger } from '../../shared/logger.ts';
import { numberOf, withAdmin } from '../support/admin.ts';
import { messageBacklog } from '../support/backlog.ts';
import { drainRate } from '../support/drain.ts';
import type { Bench, Outcome } from '../support/figure.ts';
import { type Namespace, openNamespace } from '../support/namespace.ts';
import { percentile, show } from '../support/numbers.ts';
import { processorSeconds } from '../support/process-figures.ts';
import { replicaCaughtUp } from '../support/replica.ts';
import { curve, type Size } from './curve.ts';
import { fillHistory } from './fill-history.ts';
import { openReader, type Reader } from './reader.ts';

interface Read {
  readonly p50: number;
  readonly p99: number;
  readonly processorMs: number;
}

interface Aged {
  readonly newest: Read;
  readonly middle: Read;
  readonly savedPerSecond: number;
}

interface Amounts {
  readonly reads: number;
  readonly messages: number;
}

/** One room with a history of 1,000 to 1,000,000 events: reading it, and saving more. */
export async function growthOfHistory(bench: Bench): Promise<Outcome> {
  const stack = await bench.stack();
  const rows = bench.quick ? [1_000] : [1_000, 10_000, 100_000, 1_000_000];
  const amounts = bench.quick ? { reads: 20, messages: 500 } : { reads: 400, messages: 20_000 };
  const redis = connectRedis(stack.env.REDIS_URL, createLogger('bench', 'silent'));
  await untilReady(redis);
  const sizes: Size<Aged>[] = [];
  try {
    for (const count of rows) {
      const result = await measure(stack, redis, count, amounts);
      bench.log(`${count} rows: first page ${show(result.newest.p50)} ms, saved ${show(result.savedPerSecond)}/s`);
      sizes.push({ name: `${count.toLocaleString('en-US')} rows`, results: [result] });
    }
  } finally {
    redis.disconnect();
  }
  const quantities = (what: string, pick: (one: Aged) => Read) => [
    { what: `${what}, p50`, unit: 'ms', pick: (one: Aged) => pick(one).p50 },
    { what: `${what}, p99`, unit: 'ms', pick: (one: Aged) => pick(one).p99 },
    { what: `${what}, CPU`, unit: 'ms', pick: (one: Aged) => pick(one).processorMs },
  ];
  return {
    measures: curve<Aged>(sizes, [
      ...quantities('history, newest page', (one) => one.newest),
      ...quantities('all events, a page from the middle', (one) => one.middle),
      { what: `saving ${amounts.messages} more`, unit: '/s', pick: (one) => one.savedPerSecond },
    ]),
    skipped: [],
    notes: [
      `history: ${amounts.reads} reads, one after the other, each from the database: the cached entry was dropped before ` +
        'it; GET /chat/event/history has one page, so the one from the middle is GET /ops/room/:owner_id/events, 50 events',
      'CPU: of ingress, services and MySQL together',
      'saving: by one worker, into the one room and so from one partition; each message was saved once',
    ],
  };
}

async function measure(stack: Stack, redis: Redis, rows: number, { reads, messages }: Amounts): Promise<Aged> {
  const namespace = await openNamespace(stack);
  try {
    const owner = randomUUID();
    await fillHistory(namespace, owner, rows);
    await replicaCaughtUp(stack);
    const position = await withAdmin(namespace, (admin) =>
      numberOf(admin, `SELECT MAX(position) FROM ${namespace.database('rooms')}.room_events`),
    );
    const fleet = await namespace.start(['services', 'ingress']);
    const reader = openReader(namespace, fleet, owner);
    const pids = [...fleet.processes.map(({ pid }) => pid), ...databasePids(stack)];
    const uncached = () => redis.del(`${namespace.name}history:{${owner}}`);
    const newest = await timeReads(pids, reads, uncached, () => reader.newest());
    const middle = await timeReads(pids, reads, null, () => reader.pageBelow(Math.floor(position / 2)));
    reader.close();
    return { newest, middle, savedPerSecond: await saveMore(namespace, owner, rows, messages) };
  } finally {
    await namespace.close();
  }
}

/** None where its address was given: then its share is not counted. */
function databasePids(stack: Stack): number[] {
  try {
    return [stack.part('mysql').pid].filter((pid) => pid > 0);
  } catch {
    return [];
  }
}

/** @param prepare done before each read, outside its time */
async function timeReads(
  pids: readonly number[],
  reads: number,
  prepare: (() => Promise<unknown>) | null,
  read: () => ReturnType<Reader['newest']>,
): Promise<Read> {
  const used = () => pids.reduce((sum, pid) => sum + processorSeconds(pid), 0);
  const times: number[] = [];
  // The first ones pay for connections and compilation.
  for (let warm = 0; warm < Math.ceil(reads / 10); warm++) await read();
  const before = used();
  for (let done = 0; done < reads; done++) {
    await prepare?.();
    const from = performance.now();
    const events = await read();
    times.push(performance.now() - from);
    if (events === 0) throw new Error('a page of the history was empty');
  }
  const processorMs = ((used() - before) / reads) * 1_000;
  return { p50: percentile(times, 0.5), p99: percentile(times, 0.99), processorMs };
}

function saveMore(namespace: Namespace, owner: string, rows: number, messages: number): Promise<number> {
  const rooms = namespace.database('rooms');
  return withAdmin(namespace, async (admin) => {
    const old = await numberOf(admin, `SELECT MAX(position) FROM ${rooms}.room_events`);
    await namespace.produce(messageBacklog(messages, [owner]));
    const counted = () => numberOf(admin, `SELECT COUNT(*) FROM ${rooms}.room_events WHERE position > ${old}`);
    const done = async () => {
      const grown = (await numberOf(admin, `SELECT MAX(position) FROM ${rooms}.room_events`)) - old;
      return grown < messages ? grown : counted();
    };
    const rate = drainRate('save', messages, done);
    await Promise.all([namespace.start(['save']), rate]);
    const saved = (await numberOf(admin, `SELECT COUNT(*) FROM ${rooms}.messages`)) - rows;
    if (saved !== messages) throw new Error(`${saved} messages were saved of ${messages}`);
    return rate;
  });
}
