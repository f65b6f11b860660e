import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type Database, openDatabase } from '../../shared/database.ts';
import { freshId, uuidToBytes } from '../../shared/ids.ts';
import { registry } from '../../shared/metrics.ts';
import { exampleDonation } from '../../shared/testing/examples.ts';
import { testDatabase, type TestDatabase } from '../../shared/testing/database.ts';
import { fromStack, testLog } from '../../shared/testing/environment.ts';
import { type Harness, startHarness } from '../../shared/testing/harness.ts';
import { until } from '../../shared/testing/until.ts';
import { calculateNewSponsor } from './listeners/calculate-new-sponsor.ts';
import { reconcile } from './reconcile.ts';
import { startReconciler } from './reconciler.ts';
import { givenSettled } from './testing/given.ts';
import { loseKeys } from './testing/redis.ts';

let on: TestDatabase;
let replica: Database;
let sponsor: Harness;

beforeAll(async () => {
  on = await testDatabase('rooms');
  if (!on.replicaUrl) throw new Error('DATABASE_REPLICA_URL is needed');
  replica = openDatabase(on.replicaUrl, 2);
  sponsor = await startHarness(on, Object.values(calculateNewSponsor));
});
afterAll(async () => {
  await loseKeys(sponsor.redis, on.namespace);
  await Promise.all([sponsor?.close(), replica?.close()]);
  await on?.drop();
});

const owner_id = freshId();
const gives = (name: string, sum: string) =>
  givenSettled(exampleDonation({ owner_id, sum, from: { uuid: freshId(), type: 'client', name } }));

/** A round that is skipped since the replica lags is made again: it has all databases of the machine to follow. */
const reconciled = () => until(() => reconcile(on.database, replica, testLog), { timeoutMs: 60_000 });

test('what was just counted is found right, on a replica that has caught up', async () => {
  await sponsor.when(gives('Ann', '5.00'), gives('Bob', '7.00'), gives('Eve', '1.00'));
  expect(await reconciled()).toEqual({ checked: 3, wrongTotals: [], wrongRooms: [] });
});

test('a total that is not that of its donations is found, and a title in the wrong hands', async () => {
  await on.database.change('UPDATE donor_totals SET total = total + 300 WHERE user_id = ? AND name = ?', [
    uuidToBytes(owner_id),
    'Ann',
  ]);
  const found = await reconciled();
  expect(found).toMatchObject({
    wrongTotals: [{ ownerId: owner_id, total: 800n, counted: 500n }],
    wrongRooms: [owner_id],
  });
});

const rounds = async () => {
  const text = await registry.getSingleMetricAsString('rostra_reconcile_rounds_total');
  return Number(/outcome="done"\} (\d+)/.exec(text)?.[1] ?? 0);
};
const startOne = (everyMs: number) => {
  const options = { redisUrl: fromStack('REDIS_URL'), namespace: on.namespace, log: testLog, everyMs };
  return startReconciler({ ...options, primary: on.database, replica });
};

test('rounds come by themselves, from one schedule however many processes ask for it', async () => {
  const before = await rounds();
  const both = [startOne(200), startOne(200)];
  await until(async () => (await rounds()) >= before + 2);
  await Promise.all(both.map((one) => one.close()));
});

test('rounds come again after Redis has lost everything, the schedule too', async () => {
  const before = await rounds();
  const one = startOne(300);
  await until(async () => (await rounds()) >= before + 1);
  await loseKeys(sponsor.redis, on.namespace);
  const lost = await rounds();
  // A round that was under way when the keys went may still be counted.
  await until(async () => (await rounds()) >= lost + 3);
  await one.close();
});
