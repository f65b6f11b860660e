import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Payload } from '../../shared/events/catalogue.ts';
import { freshId } from '../../shared/ids.ts';
import { connectRedis, type Redis, untilReady } from '../../shared/redis.ts';
import { exampleMessage } from '../../shared/testing/examples.ts';
import { testDatabase, type TestDatabase } from '../../shared/testing/database.ts';
import { fromStack, testLog } from '../../shared/testing/environment.ts';
import { type Given, type Harness, startHarness } from '../../shared/testing/harness.ts';
import { createHistory, type ReadHistory } from './history.ts';
import { lookUpHistory, storeHistory } from './history-cache.ts';
import { saveMessage } from './listeners/save-message.ts';
import { loseKeys } from './testing/redis.ts';

let on: TestDatabase;
let save: Harness;
let now = new Date();
const clock = { now: () => now };
let history: ReadHistory;

beforeAll(async () => {
  on = await testDatabase('rooms');
  save = await startHarness(on, [saveMessage]);
  history = createHistory({ database: on.database, redis: save.redis, namespace: on.namespace, clock });
});
afterAll(async () => {
  await forgetEverything();
  await save?.close();
  await on?.drop();
});

const forgetEverything = () => loseKeys(save.redis, on.namespace);

const message = (given: Partial<Payload<'AddNewMessage'>>): Given => {
  const payload = exampleMessage(given);
  return { name: 'AddNewMessage', payload, id: payload.message_id };
};
const values = async (ownerId: string, subject = freshId(), read = history) =>
  (await read(ownerId, subject)).map((text) => (JSON.parse(text) as { value: string }).value);
const client = () => ({ uuid: freshId(), type: 'client' as const, name: 'Vera' });

describe('the history', () => {
  test('is the newest 20, newest first, and fresh after every save', async () => {
    const owner_id = freshId();
    await save.when(...Array.from({ length: 22 }, (_, at) => message({ owner_id, value: `m${at}` })));
    const expected = Array.from({ length: 20 }, (_, at) => `m${21 - at}`);
    expect(await values(owner_id)).toEqual(expected);
    expect(await values(owner_id)).toEqual(expected);
    await save.when(message({ owner_id, value: 'newest' }));
    expect((await values(owner_id))[0]).toBe('newest');
  });

  test('shows what is private to its two parties and nobody else, from the database and from the cache', async () => {
    const [owner_id, from] = [freshId(), client()];
    await save.when(
      message({ owner_id, value: 'open' }),
      message({ owner_id, from, value: 'secret', is_public: false }),
      message({ owner_id, value: 'later' }),
    );
    for (let twice = 0; twice < 2; twice++) {
      expect(await values(owner_id, from.uuid)).toEqual(['later', 'secret', 'open']);
      expect(await values(owner_id, owner_id)).toEqual(['later', 'secret', 'open']);
      expect(await values(owner_id)).toEqual(['later', 'open']);
    }
    const cached = await save.redis.mget(await save.redis.keys(`${on.namespace}history:{${owner_id}}*`));
    expect(JSON.stringify(cached)).not.toContain('secret');
  });

  test("shows the owner's private answer to whom it was written", async () => {
    const [owner_id, to] = [freshId(), freshId()];
    const from = { uuid: owner_id, type: 'user' as const, name: 'Mia' };
    await save.when(message({ owner_id, from, to, value: 'answer', is_public: false }));
    expect(await values(owner_id, to)).toEqual(['answer']);
    expect(await values(owner_id)).toEqual([]);
  });

  test('leaves out what is older than ten minutes, also where it was cached before', async () => {
    const owner_id = freshId();
    const old = new Date(now.getTime() - 9 * 60_000).toISOString();
    await save.when(message({ owner_id, value: 'old', created_at: old }), message({ owner_id, value: 'new' }));
    expect(await values(owner_id)).toEqual(['new', 'old']);
    now = new Date(now.getTime() + 2 * 60_000);
    expect(await values(owner_id)).toEqual(['new']);
  });
});

describe('the cache', () => {
  test('never keeps what was read before a commit, however the two interleave', async () => {
    const owner_id = freshId();
    const slowReader = await lookUpHistory(save.redis, on.namespace, owner_id);
    if (slowReader.kind !== 'miss') throw new Error('a fresh room is cached');
    await save.when(message({ owner_id, value: 'new' }));
    await storeHistory(save.redis, on.namespace, owner_id, slowReader.token, { events: [], readers: [] });
    expect(await values(owner_id)).toEqual(['new']);
  });

  test('does not take a token back after a loss of everything', async () => {
    const owner_id = freshId();
    const before = await lookUpHistory(save.redis, on.namespace, owner_id);
    if (before.kind !== 'miss') throw new Error('a fresh room is cached');
    await forgetEverything();
    await save.when(message({ owner_id, value: 'new' }));
    await storeHistory(save.redis, on.namespace, owner_id, before.token, { events: [], readers: [] });
    expect(await values(owner_id)).toEqual(['new']);
  });

  test('is right after 100 races between readers, a writer and the loss of Redis', async () => {
    const owner_id = freshId();
    for (let race = 0; race < 100; race++) {
      const value = `r${race}`;
      const reads = Array.from({ length: 3 }, () => values(owner_id));
      const loss = race % 5 === 0 ? forgetEverything() : undefined;
      await Promise.all([...reads, save.when(message({ owner_id, value })), loss]);
      expect((await values(owner_id))[0]).toBe(value);
    }
  });

  test('asks the database once for readers who come together', async () => {
    const owner_id = freshId();
    await save.when(message({ owner_id }));
    let queries = 0;
    const select: typeof on.database.select = (sql, parameters) => {
      queries++;
      return on.database.select(sql, parameters);
    };
    const counting = { ...on.database, select };
    const read = createHistory({ database: counting, redis: save.redis, namespace: on.namespace, clock });
    await Promise.all(Array.from({ length: 50 }, () => read(owner_id, freshId())));
    expect(queries).toBe(2);
  });
});

describe('without Redis', () => {
  let redis: Redis;
  let read: ReadHistory;
  beforeAll(async () => {
    redis = connectRedis(fromStack('REDIS_URL'), testLog);
    await untilReady(redis);
    redis.disconnect();
    read = createHistory({ database: on.database, redis, namespace: on.namespace, clock });
  });

  test('the database answers, private events and all', async () => {
    const [owner_id, from] = [freshId(), client()];
    await save.when(message({ owner_id, from, value: 'secret', is_public: false }));
    expect(await values(owner_id, from.uuid, read)).toEqual(['secret']);
    expect(await values(owner_id, freshId(), read)).toEqual([]);
  });

  test('more than 50 readers at once are told to come again', async () => {
    const reads = await Promise.allSettled(Array.from({ length: 60 }, () => read(freshId(), freshId())));
    const refused = reads.filter((one) => one.status === 'rejected');
    expect(refused).toHaveLength(10);
    for (const one of refused) expect(one.reason).toMatchObject({ code: 'history-busy', retriable: true });
  });

  test('saving goes on', async () => {
    const owner_id = freshId();
    const event = message({ owner_id, value: 'kept' });
    await save.when(event);
    const io = { redis, namespace: on.namespace, log: testLog };
    const payload = event.payload as Payload<'AddNewMessage'>;
    await expect(saveMessage.after?.([{ payload }] as never, io)).resolves.toBeUndefined();
  });
});
