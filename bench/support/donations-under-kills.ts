import type { Connection } from 'mysql2/promise';
import type { FleetProcess } from '../../scripts/fleet.ts';
import { header } from '../../shared/event.ts';
import { numberOf, withAdmin } from './admin.ts';
import { donation } from './backlog.ts';
import { reached, settledDonations } from './drain.ts';
import { assertMoney, type Donors, pair } from './money.ts';
import type { Namespace } from './namespace.ts';

/** What came of killing the worker. */
export interface Killed {
  readonly lostOrDoubled: number;
  /** From a kill to the next donation that was settled. */
  readonly longestSilenceMs: number;
  /** ReceiveMoney that came once more under an id that its hearers know. */
  readonly announcedAgain: number;
}

/**
 * Lets the worker settle a backlog and kills it again and again before it is gone.
 * @throws when a donation is not settled exactly once, or not announced, or when there was no backlog left to kill in
 */
export function settleUnderKills(namespace: Namespace, who: Donors, count: number, kills: number): Promise<Killed> {
  return withAdmin(namespace, async (admin) => {
    const [worker] = (await namespace.start(['transfer-money'])).processes;
    if (!worker) throw new Error('the Procfile has no transfer-money');
    const settled = () => settledDonations(admin, namespace);
    // Kafka takes donations faster than the worker settles them: the backlog grows while the first kill is awaited.
    const [longestSilenceMs] = await Promise.all([
      killInTurn(worker, count, kills, settled),
      namespace.produce(Array.from({ length: count }, (_, at) => donation(...pair(who, at)))),
    ]);
    await reached('settling', count, settled);
    await assertMoney(namespace, who, count);
    const postings = await numberOf(admin, `SELECT COUNT(*) FROM ${namespace.database('ledger')}.postings`);
    const lostOrDoubled = Math.abs((await settled()) - count) + Math.abs(postings / 2 - count);
    return { lostOrDoubled, longestSilenceMs, announcedAgain: await assertAnnounced(admin, namespace, count) };
  });
}

/** @returns the longest time from a kill to the next donation settled, ms */
async function killInTurn(
  worker: FleetProcess,
  count: number,
  kills: number,
  settled: () => Promise<number>,
): Promise<number> {
  let longestSilenceMs = 0;
  for (let kill = 1; kill <= kills; kill++) {
    await reached(`before kill ${kill}`, Math.floor((count * kill) / (kills + 1)), settled);
    await worker.kill('SIGKILL');
    const killedAt = performance.now();
    const before = await settled();
    if (before >= count) throw new Error(`all was settled before kill ${kill}`);
    worker.start();
    await reached(`after kill ${kill}`, before + 1, settled);
    longestSilenceMs = Math.max(longestSilenceMs, performance.now() - killedAt);
  }
  return longestSilenceMs;
}

/** @returns how many were announced once more than needed @throws when one was not announced at all */
async function assertAnnounced(admin: Connection, namespace: Namespace, count: number): Promise<number> {
  const outbox = `SELECT COUNT(*) FROM ${namespace.database('ledger')}.outbox`;
  await reached('the outbox', count, async () => count - (await numberOf(admin, outbox)));
  const records = await namespace.kafka.read('donations', { maximumRecords: 4 * count });
  const ids = records.flatMap(({ headers }) => (headers[header.type] === 'ReceiveMoney' ? [headers[header.id]] : []));
  const announced = new Set(ids).size;
  if (announced !== count) throw new Error(`${announced} donations of ${count} were announced`);
  return ids.length - announced;
}
