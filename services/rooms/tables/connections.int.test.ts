import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { openDatabase, toSqlTime } from '../../../shared/database.ts';
import { freshId } from '../../../shared/ids.ts';
import { testDatabase, type TestDatabase } from '../../../shared/testing/database.ts';
import { fromStack, testLog } from '../../../shared/testing/environment.ts';
import { exampleMessage } from '../../../shared/testing/examples.ts';
import { type Harness, startHarness } from '../../../shared/testing/harness.ts';
import { until } from '../../../shared/testing/until.ts';
import { dropConnection } from '../listeners/drop-connection.ts';
import { startReconciler } from '../reconciler.ts';
import { loseKeys } from '../testing/redis.ts';
import { closeConnections, insertConnections, knownConnections, sweepConnections } from './connections.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

let on: TestDatabase;
let worker: Harness;
beforeAll(async () => {
  on = await testDatabase('rooms');
  worker = await startHarness(on, [dropConnection]);
});
afterAll(async () => {
  await loseKeys(worker.redis, on.namespace);
  await worker.close();
  await on.drop();
});

const person = exampleMessage().from;
const before = (ms: number) => new Date(Date.now() - ms).toISOString();
const opened = async (ms: number) => {
  const connectionId = freshId();
  await insertConnections(on.database, [{ connectionId, person, at: before(ms) }]);
  return connectionId;
};
const closed = async (ms: number) => {
  const connectionId = await opened(40 * DAY_MS);
  await closeConnections(on.database, [{ connectionId, at: before(ms) }]);
  return connectionId;
};
const kept = (...ids: string[]) => knownConnections(on.database, ids, { closed: false });

test('a connection that never closed is swept after 30 days, one that closed after a day', async () => {
  const [lost, open] = [await opened(31 * DAY_MS), await opened(29 * DAY_MS)];
  const [ended, recent] = [await closed(25 * HOUR_MS), await closed(23 * HOUR_MS)];
  const isMore = await sweepConnections(on.database, new Date());
  expect(await kept(lost, open, ended, recent)).toEqual(new Set([open, recent]));
  expect(isMore).toBe(false);
});

test('the rounds of the reconciler sweep, however much there is, and whoever drops a connection does not', async () => {
  const ended = await closed(25 * HOUR_MS);
  const old = { person, at: before(31 * DAY_MS) };
  await insertConnections(
    on.database,
    Array.from({ length: 1_001 }, () => ({ ...old, connectionId: freshId() })),
  );
  const dropped = freshId();
  await worker.when({ name: 'ConnectionClosed', payload: { connection_id: dropped, created_at: before(0) } });
  expect(await kept(ended, dropped)).toEqual(new Set([ended, dropped]));
  expect(await neverClosed()).toBe(1_001);

  const replica = openDatabase(on.replicaUrl ?? on.url, 2);
  const options = { redisUrl: fromStack('REDIS_URL'), namespace: on.namespace, log: testLog, everyMs: 60_000 };
  const reconciler = startReconciler({ ...options, primary: on.database, replica });
  await until(async () => (await neverClosed()) === 0);
  await Promise.all([reconciler.close(), replica.close()]);
  expect(await kept(ended, dropped)).toEqual(new Set([dropped]));
});

async function neverClosed(): Promise<number> {
  const sql = 'SELECT COUNT(*) AS number FROM connections WHERE closed_at IS NULL AND created_at < ?';
  const [row] = await on.database.select<{ number: string }>(sql, [toSqlTime(before(30 * DAY_MS))]);
  return Number(row?.number);
}
