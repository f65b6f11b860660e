import { rm } from 'node:fs/promises';
import { Redis } from 'ioredis';
import { signToken } from '../../e2e/support/product.ts';
import type { Fault, Stand } from '../fault.ts';
import { Caller } from '../load/caller.ts';
import { expectRound } from './replica.ts';
import { killAndStart, killRepeatedly, longestSilenceMs, serverOf, suspendServer } from './servers.ts';

/** Faults of Redis, of which nothing may be lost that matters. */

const FORGETS = 20;

async function forgetEverySecond(stand: Stand): Promise<void> {
  await withRedis(stand, async (redis) => {
    for (let at = 0; at < FORGETS; at++) {
      stand.injected('FLUSHALL');
      await redis.flushall();
      await stand.pause(1_000);
    }
  });
}

const DOWN_MS = 45_000;
const HANGS_MS = 20_000;
/** Until the processes have noticed. */
const NOTICING_MS = 3_000;
const LONGEST_SILENCE_MS = 10_000;

/** Away, and then there without answering: money moves and is shown all the while, and history is answered. */
async function goWithout(stand: Stand): Promise<void> {
  await killAndStart(stand, 'redis', 'Redis, down for 45 s', () => expectService(stand, DOWN_MS, 'Redis was down'));
  await stand.pause(NOTICING_MS);
  await suspendServer(stand, 'redis', 'Redis for 20 s', () => expectService(stand, HANGS_MS, 'Redis hung'));
}

async function expectService(stand: Stand, ms: number, when: string): Promise<void> {
  await stand.pause(NOTICING_MS);
  const fromMs = performance.now();
  const caller = new Caller(stand.product.httpUrl);
  const answers = new Map<number, number>();
  try {
    while (performance.now() < fromMs + ms - NOTICING_MS) {
      const status = await askHistory(stand, caller);
      answers.set(status, (answers.get(status) ?? 0) + 1);
      await stand.pause(500);
    }
  } finally {
    caller.close();
  }
  const untilMs = performance.now();
  const wrong = [...answers.keys()].filter((status) => status !== 200);
  if (wrong.length > 0) stand.violated(`row 28: the history was answered ${wrong.join()} while ${when}`);
  const due = stand.load.requests.filter(
    ({ kind, dueAtMs }) => kind === 'donation' && dueAtMs > fromMs && dueAtMs < untilMs - LONGEST_SILENCE_MS,
  );
  const open = due.filter(({ id, refused }) => id === null && refused === 0);
  if (open.length > 0 || due.length === 0)
    stand.violated(
      `row 28: ${open.length} of ${due.length} donations were not confirmed in ${LONGEST_SILENCE_MS / 1_000} s while ${when}`,
    );
  const silenceMs = Math.round(longestSilenceMs(stand, fromMs, untilMs));
  stand.say(
    `  while ${when}: ${answers.get(200) ?? 0} histories answered, the longest time without a donation shown ${silenceMs} ms`,
  );
  if (silenceMs > LONGEST_SILENCE_MS) stand.violated(`row 28: no donation was shown for ${silenceMs} ms while ${when}`);
}

/** Somebody who has never asked, so that no answer of before can be given. */
async function askHistory(stand: Stand, caller: Caller): Promise<number> {
  const room = stand.load.rooms[stand.random.below(stand.load.rooms.length)] as string;
  const { token } = signToken(stand.product.secret, { name: 'reader' });
  return (await caller.get(`/chat/event/history?owner_id=${room}`, token)).status;
}

/** Comes back with nothing: the schedule of the reconciler's rounds was kept there and nowhere else. */
async function loseAll(stand: Stand): Promise<void> {
  const [, directory] = await withRedis(stand, (redis) => redis.config('GET', 'dir') as Promise<string[]>);
  if (!directory?.includes('/.stack/')) throw new Error(`Redis keeps its data in ${directory}`);
  await killAndStart(stand, 'redis', 'Redis, its data removed', () =>
    rm(`${directory}/appendonlydir`, { recursive: true }),
  );
  await expectRound(stand, 'done', 'Redis had lost everything', '29');
}

async function withRedis<T>(stand: Stand, work: (redis: Redis) => Promise<T>): Promise<T> {
  if (serverOf(stand, 'redis').pid === 0) throw new Error('Redis does not run');
  const redis = new Redis(stand.product.servers.REDIS_URL);
  redis.on('error', () => undefined);
  return work(redis).finally(() => redis.disconnect());
}

const fault = (row: string, name: string, title: string, seconds: number, inject: Fault['inject']): Fault => ({
  ...{ row, name, title, needs: ['servers'], seconds, inject },
});

export const redisFaults: readonly Fault[] = [
  fault('27', 'redis-forgets', 'FLUSHALL every second', 25, forgetEverySecond),
  fault('28', 'redis-away', 'Redis is down for 45 s, then suspended for 20 s', 75, goWithout),
  fault('28b', 'kill-redis', 'SIGKILL and restart of Redis, over and over', 120, (stand) =>
    killRepeatedly(stand, 'redis', 'Redis'),
  ),
  fault('29', 'redis-empty', 'SIGKILL of Redis and the loss of its data', 90, loseAll),
];
