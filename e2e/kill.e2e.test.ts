import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { checkDonations, untilQuiet } from '../chaos/check.ts';
import { driveLoad } from '../chaos/load.ts';
import { checkRefunds, driveRefunds } from '../chaos/refunds.ts';
import { type Product, startProduct } from './support/product.ts';

/** The short form of the fault suite: every process is killed once, in the middle of a load of donations and refunds. */
let product: Product;

beforeAll(async () => {
  product = await startProduct({ counts: { 'transfer-money': 2 }, restart: true });
}, 120_000);
afterAll(() => product?.stop(), 60_000);

const SEED = 20_261_121;
const EVERY_MS = 1_500;
const REFUNDS = 60;

test('kill -9 of any one process during a load of donations and refunds loses and doubles nothing', async () => {
  const killing = (async () => {
    await pause(1_000);
    for (const victim of product.fleet.processes) {
      await victim.kill('SIGKILL');
      await pause(EVERY_MS);
    }
  })();
  const load = { seed: SEED, rooms: 3, donors: 6, donations: 700, perSecond: 45, startBalance: '150.00' };
  const [history, refunded] = await Promise.all([
    driveLoad(product, load),
    driveRefunds(product, REFUNDS, 150),
    killing,
  ]);
  expect(await untilQuiet(product, history, 60_000)).toEqual([]);
  await pause(500); // the last frames are on their way to sockets that live
  await Promise.all([...history.watchers.values()].map((watcher) => watcher.leave()));
  expect(await checkDonations(product, history)).toEqual([]);
  expect(await checkRefunds(product, history, refunded)).toEqual([]);
  expect(refunded.length).toBeGreaterThan(REFUNDS / 2);
  expect(product.fleet.processes.every((process) => process.crashes > 0)).toBe(true);
}, 180_000);
