import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { freshId } from './ids.ts';
import { connectRedis, type Redis, untilReady } from './redis.ts';
import { findConnection, lease, LEASE_MS, type RegisteredConnection, release, viewersOf } from './registry.ts';
import { fromStack, testLog, testNamespace } from './testing/environment.ts';

const namespace = testNamespace();
let redis: Redis;
beforeAll(async () => {
  redis = connectRedis(fromStack('REDIS_URL'), testLog);
  await untilReady(redis);
});
afterAll(async () => {
  const keys = await redis.keys(`${namespace}*`);
  if (keys.length > 0) await redis.del(keys);
  redis.disconnect();
});

const viewer = (name: string): RegisteredConnection => ({ subject: freshId(), type: 'client', name, boot: 'b1' });
const nowMs = 1_800_000_000_000;

test('a leased connection is known with whose it is, until it is released', async () => {
  const [id, vera] = [freshId(), viewer('Vera')];
  expect(await findConnection(redis, namespace, id)).toBeNull();
  const fromMs = performance.now();
  await lease(redis, namespace, id, vera, [], nowMs);
  expect(await findConnection(redis, namespace, id)).toEqual(vera);
  const leftMs = await redis.pttl(`${namespace}conn:${id}`);
  expect(leftMs + performance.now() - fromMs).toBeGreaterThan(LEASE_MS - 5_000);
  await release(redis, namespace, id, vera.subject, []);
  expect(await findConnection(redis, namespace, id)).toBeNull();
});

test('a room shows each of its people once, with how many connections they have there', async () => {
  const [room, other, vera, ben] = [freshId(), freshId(), viewer('Vera'), viewer('Ben')];
  const ids = [freshId(), freshId(), freshId(), freshId()] as const;
  await lease(redis, namespace, ids[0], vera, [room], nowMs);
  await lease(redis, namespace, ids[1], vera, [room, other], nowMs);
  await lease(redis, namespace, ids[2], ben, [room], nowMs);
  await lease(redis, namespace, ids[3], viewer('Elsewhere'), [other], nowMs);
  const seen = await viewersOf(redis, namespace, room, nowMs);
  expect(new Set(seen)).toEqual(
    new Set([
      { uuid: vera.subject, type: 'client', name: 'Vera', connections: 2 },
      { uuid: ben.subject, type: 'client', name: 'Ben', connections: 1 },
    ]),
  );
  await release(redis, namespace, ids[2], ben.subject, [room]);
  expect((await viewersOf(redis, namespace, room, nowMs)).map(({ name }) => name)).toEqual(['Vera']);
});

test('who has not renewed is gone after a minute, and a renewal keeps them', async () => {
  const [room, id, vera] = [freshId(), freshId(), viewer('Vera')];
  await lease(redis, namespace, id, vera, [room], nowMs);
  expect(await viewersOf(redis, namespace, room, nowMs + LEASE_MS - 1)).toHaveLength(1);
  expect(await viewersOf(redis, namespace, room, nowMs + LEASE_MS + 1)).toEqual([]);
  await lease(redis, namespace, id, vera, [room], nowMs + 20_000);
  expect(await viewersOf(redis, namespace, room, nowMs + LEASE_MS + 1)).toHaveLength(1);
});

test('what a dead gateway left in a room goes when somebody else comes or stays there', async () => {
  const [room, vera, ben] = [freshId(), viewer('Vera'), viewer('Ben')];
  await lease(redis, namespace, freshId(), vera, [room], nowMs);
  await lease(redis, namespace, freshId(), ben, [room], nowMs + LEASE_MS + 1);
  expect(await redis.zcard(`${namespace}here:${room}`)).toBe(1);
});

test('a room in which nobody ever was is empty', async () => {
  expect(await viewersOf(redis, namespace, freshId(), nowMs)).toEqual([]);
});
