import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { freshId } from '../../../shared/ids.ts';
import { donation, inspect, openTestLedger, sound, type TestLedger } from '../testing/ledger.ts';

let ledger: TestLedger;
beforeAll(async () => {
  ledger = await openTestLedger();
});
afterAll(() => ledger.close());

test('a donation moves its money and tells the rest of the product, with the balance at that point of the order', async () => {
  const worker = await ledger.worker();
  const [donor, owner] = [await ledger.funded('10.00'), freshId()];
  const gifts = [donation(donor, owner, '4.00'), donation(donor, owner, '5.00'), donation(donor, owner, '1.01')];
  const { outcomes, emitted } = await worker.when(...gifts);
  expect(outcomes).toEqual(['done', 'done', 'done']);
  expect(emitted).toMatchObject([
    {
      name: 'ReceiveMoney',
      payload: { donor: { balance: '6.00', version: 2 }, owner: { balance: '4.00', version: 1 } },
    },
    {
      name: 'ReceiveMoney',
      payload: { donor: { balance: '1.00', version: 3 }, owner: { balance: '9.00', version: 2 } },
    },
    { name: 'DonateRejected', payload: { reason: 'insufficient_balance', donate: { donate_id: gifts[2]?.id } } },
  ]);
  expect([await ledger.balanceOf(donor), await ledger.balanceOf(owner)]).toEqual(['1.00', '9.00']);
});

test('the same batch again changes nothing and says nothing', async () => {
  const worker = await ledger.worker();
  const [donor, owner] = [await ledger.funded('3.00'), freshId()];
  await worker.when(...Array.from({ length: 5 }, () => donation(donor, owner, '1.00')));
  expect(await worker.again()).toEqual({ outcomes: Array(5).fill('duplicate'), emitted: [] });
  expect([await ledger.balanceOf(donor), await ledger.balanceOf(owner)]).toEqual(['0.00', '3.00']);
});

test('another body under the id of a donation leaves the first as it is', async () => {
  const worker = await ledger.worker();
  const [donor, owner] = [await ledger.funded('9.00'), freshId()];
  const first = donation(donor, owner, '1.00');
  await worker.when(first);
  const { outcomes } = await worker.when(donation(donor, owner, '8.00', { donate_id: first.id, fingerprint: 'other' }));
  expect(outcomes).toEqual(['duplicate']);
  expect(await ledger.balanceOf(donor)).toBe('8.00');
});

test('500 donations at once with balance for one: one settles, 499 are rejected', async () => {
  const [donor, owner] = [await ledger.funded('5.00'), freshId()];
  const workers = await Promise.all(Array.from({ length: 16 }, () => ledger.worker()));
  const gifts = Array.from({ length: 500 }, () => donation(donor, owner, '5.00'));
  await Promise.all(
    workers.map(async (worker, at) => {
      for (const gift of gifts.filter((_, number) => number % workers.length === at)) await worker.when(gift);
    }),
  );
  const [counts] = await ledger.database.select(
    "SELECT SUM(state = 'settled') AS settled, SUM(state = 'rejected') AS rejected, COUNT(DISTINCT reason) AS reasons " +
      "FROM transfers WHERE kind = 'donation' AND id IN (?)",
    [gifts.map(({ id = '' }) => Buffer.from(id.replaceAll('-', ''), 'hex'))],
  );
  expect(counts).toEqual({ settled: '1', rejected: '499', reasons: '1' });
  expect([await ledger.balanceOf(donor), await ledger.balanceOf(owner)]).toEqual(['0.00', '5.00']);
});

test('two workers at once on the same events, as after a lost partition, apply each once', async () => {
  const [worker, zombie] = [await ledger.worker(), await ledger.worker()];
  for (let round = 0; round < 10; round++) {
    const donors = await Promise.all(Array.from({ length: 5 }, () => ledger.funded('2.00')));
    const gifts = donors.map((donor) => donation(donor, freshId(), '2.00'));
    const [one, other] = await Promise.all([worker.when(...gifts), zombie.when(...gifts)]);
    const pairs = one.outcomes.map((outcome, at) => [outcome, other.outcomes[at]].sort());
    expect(pairs).toEqual(gifts.map(() => ['done', 'duplicate']));
  }
});

test('an owner whom nobody vouches for must have an account', async () => {
  const worker = await ledger.worker();
  const [donor, stranger, known] = [await ledger.funded('2.00'), freshId(), await ledger.funded('1.00')];
  const { emitted } = await worker.when(
    donation(donor, stranger, '1.00', { owner_vouched: false }),
    donation(donor, known, '1.00', { owner_vouched: false }),
  );
  expect(emitted).toMatchObject([
    { name: 'DonateRejected', payload: { reason: 'unknown_owner' } },
    { name: 'ReceiveMoney' },
  ]);
  const worth = await ledger.database.select('SELECT id FROM accounts WHERE id = ?', [
    Buffer.from(stranger.replaceAll('-', ''), 'hex'),
  ]);
  expect(worth).toEqual([]);
});

test('an event that can never be booked is set aside, and its neighbours are booked', async () => {
  const worker = await ledger.worker();
  const [donor, owner] = [await ledger.funded('2.00'), freshId()];
  const { outcomes } = await worker.when(
    donation(donor, owner, '1.00'),
    donation(donor, owner, '-1.00'),
    donation(donor, owner, '1.00'),
  );
  expect(outcomes).toEqual(['done', 'dead-letter: sum is none of the currency', 'done']);
  expect(await ledger.balanceOf(owner)).toBe('2.00');
});

test('after all of this every balance is the sum of its postings', async () => {
  expect(await inspect(ledger.database)).toEqual(sound);
  expect(ledger.deadlocks()).toBe(0);
});
