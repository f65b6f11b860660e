import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Database } from '../../shared/database.ts';
import { bytesToUuid, freshId, uuidToBytes } from '../../shared/ids.ts';
import { donation, inspect, openTestLedger, sound, type TestLedger } from './testing/ledger.ts';

/** After Jepsen's bank test: readers look at the whole ledger in one snapshot while writers move money in it. */
let ledger: TestLedger;
beforeAll(async () => {
  ledger = await openTestLedger();
});
afterAll(() => ledger.close());

const WORKERS = 12;
const BATCHES = 17;
const BATCH = 10;

const pick = <T>(from: readonly T[]): T => from[Math.floor(Math.random() * from.length)] as T;
const cents = (most: number) => ((1 + Math.floor(Math.random() * most)) / 100).toFixed(2);

test('2,000 random donations, deposits, payouts and refunds at once: no snapshot is off by a cent, and nobody deadlocks', async () => {
  const rich = await Promise.all(Array.from({ length: 10 }, () => ledger.funded('20.00')));
  // Accounts are opened on the way too: that is where an order of locks is lost most easily.
  const people = [...rich, ...Array.from({ length: 40 }, freshId)];
  const snapshots = await whileReading(ledger.database, async () => {
    const moving = Array.from({ length: WORKERS }, async () => {
      const worker = await ledger.worker();
      for (let batch = 0; batch < BATCHES; batch++) {
        const gifts = Array.from({ length: BATCH }, () =>
          donation(pick(people), pick(people), cents(500), { owner_vouched: Math.random() < 0.8 }),
        );
        await worker.when(...gifts);
      }
    });
    await Promise.all([...moving, book(people), book(people), giveBack()]);
  });
  expect(snapshots.length).toBeGreaterThan(10);
  expect(snapshots.filter((snapshot) => JSON.stringify(snapshot) !== JSON.stringify(sound))).toEqual([]);
  expect(ledger.deadlocks()).toBeLessThanOrEqual(ledger.brokenOff());
  const [settled] = await ledger.database.select<{ number: string }>(
    "SELECT COUNT(*) AS number FROM transfers WHERE kind = 'donation' AND state = 'settled'",
  );
  expect(Number(settled?.number)).toBeGreaterThan(200);
  const [refunded] = await ledger.database.select<{ number: string }>(
    "SELECT COUNT(*) AS number FROM transfers WHERE kind = 'refund'",
  );
  expect(Number(refunded?.number)).toBeGreaterThan(0);
});

test('the same readers catch the textbook way, which reads a balance and then writes the computed one', async () => {
  const people = await Promise.all(Array.from({ length: 4 }, () => ledger.funded('50.00')));
  await Promise.all(
    Array.from({ length: 8 }, async () => {
      for (let step = 0; step < 25; step++) await moveNaively(ledger.database, pick(people), pick(people), 1n);
    }),
  );
  const { posted, wrong } = await inspect(ledger.database);
  expect(posted).toBe(0);
  expect(wrong).toBeGreaterThan(0);
});

async function book(people: readonly string[]): Promise<void> {
  for (let step = 0; step < 100; step++) {
    const request = { transfer_id: freshId(), account: pick(people), sum: cents(300), fingerprint: 'f' };
    if (step % 2 === 0) await ledger.questions.deposit(request);
    else await ledger.questions.payout(request).catch(unlessUncovered);
  }
}

/** Gives random donations back, some of them twice, while the money is on the move. */
async function giveBack(): Promise<void> {
  for (let step = 0; step < 100; step++) {
    const [row] = await ledger.database.select<{ id: Buffer }>(
      "SELECT id FROM transfers WHERE kind = 'donation' AND state = 'settled' ORDER BY RAND() LIMIT 1",
    );
    if (!row) continue;
    const request = { request_id: freshId(), donate_id: bytesToUuid(row.id) };
    await Promise.all([1, 2].map(() => ledger.questions.refund(request).catch(unlessUncovered)));
  }
}

function unlessUncovered(error: unknown): void {
  if ((error as { status?: unknown }).status !== 402) throw error;
}

/** Looks again and again for as long as `work` runs, and once after it. */
async function whileReading(database: Database, work: () => Promise<void>) {
  const snapshots: (typeof sound)[] = [];
  let isWorking = true;
  const reading = (async () => {
    while (isWorking) snapshots.push(await inspect(database));
  })();
  await work().finally(() => (isWorking = false));
  await reading;
  return [...snapshots, await inspect(database)];
}

/** Kept as a control only: in order, in a transaction, with its postings, and wrong, since nothing is locked between. */
async function moveNaively(database: Database, from: string, to: string, sum: bigint): Promise<void> {
  if (from === to) return;
  await database.transaction(async (tx) => {
    const balances = new Map<string, bigint>();
    for (const id of [from, to]) {
      const [row] = await tx.select<{ balance: string }>('SELECT balance FROM accounts WHERE id = ?', [
        uuidToBytes(id),
      ]);
      balances.set(id, BigInt(row?.balance ?? 0));
    }
    const transfer = uuidToBytes(freshId());
    for (const [id, amount] of [[from, -sum] as const, [to, sum] as const].sort()) {
      await tx.change('UPDATE accounts SET balance = ? WHERE id = ?', [
        (balances.get(id) ?? 0n) + amount,
        uuidToBytes(id),
      ]);
      await tx.change("INSERT INTO postings (transfer_id, account_id, amount, currency) VALUES (?, ?, ?, 'USD')", [
        transfer,
        uuidToBytes(id),
        amount,
      ]);
    }
  });
}
