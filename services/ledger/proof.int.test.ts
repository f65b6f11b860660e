import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { freshId, uuidToBytes } from '../../shared/ids.ts';
import { proofQuestions } from '../../shared/proof.ts';
import { countLedger } from './proof.ts';
import { donation, openTestLedger, type TestLedger } from './testing/ledger.ts';

/** What the ledger says of itself, sound and then tampered with. */
let ledger: TestLedger;
let donor: string;
const owner = freshId();
const gift = { id: '' };

beforeAll(async () => {
  ledger = await openTestLedger();
  donor = await ledger.funded('10.00');
  const worker = await ledger.worker();
  const given = donation(donor, owner, '4.00');
  gift.id = given.id ?? '';
  await worker.when(given, donation(donor, owner, '90.00'));
  await ledger.questions.payout({ transfer_id: freshId(), account: owner, sum: '1.00', fingerprint: 'f' });
});
afterAll(() => ledger.close());

const prove = async () => {
  const before = new Date(Date.now() + 1_000).toISOString();
  return proofQuestions(ledger.database, countLedger).proofTotals({ before });
};
const change = (sql: string, id: string) => ledger.database.change(sql, [uuidToBytes(id)]);

test('a sound ledger has no fault, and tells every figure', async () => {
  const { figures, faults } = await prove();
  expect(faults).toEqual([]);
  const told = Object.fromEntries(figures.map(({ name, number, sum }) => [name, `${number}: ${sum}`]));
  expect(told).toEqual({
    postings: '6: 0.00',
    credits: '3: 15.00',
    'outside money': '2: -9.00',
    balances: '2: 9.00',
    'postings of accounts': '2: 9.00',
    'settled transfers': '3: 15.00',
    'settled deposits': '1: 10.00',
    'settled donations': '1: 4.00',
    'settled payouts': '1: 1.00',
    'rejected donations': '1: 90.00',
  });
});

test('the outbox is told with the rest, and asked for until it has passed on what stood in it', async () => {
  const { outbox_newest } = await prove();
  const questions = proofQuestions(ledger.database, countLedger);
  expect(await questions.outboxWaiting({ through: outbox_newest })).toEqual({ waiting: '4', newest: outbox_newest });
  await ledger.database.change('DELETE FROM outbox');
  expect(await questions.outboxWaiting({ through: outbox_newest })).toEqual({ waiting: '0', newest: '0' });
});

test('a cent on an account is found, with the account', async () => {
  await change('UPDATE accounts SET balance = balance + 1 WHERE id = ?', owner);
  expect((await prove()).faults).toMatchObject([{ what: 'a balance is not the sum of its postings', id: owner }]);
  await change('UPDATE accounts SET balance = balance - 1 WHERE id = ?', owner);
});

test('a cent moved from one side to the other is found though all sums agree, with the transfer', async () => {
  await change('UPDATE postings SET amount = amount * 2 WHERE transfer_id = ?', gift.id);
  const { figures, faults } = await prove();
  expect(figures.find(({ name }) => name === 'postings')).toMatchObject({ sum: '0.00' });
  expect(faults).toContainEqual(expect.objectContaining({ id: gift.id }));
  await change('UPDATE postings SET amount = amount / 2 WHERE transfer_id = ?', gift.id);
});

test('postings that belong to no transfer are found', async () => {
  const [row] = await ledger.database.select<{ from_account: Buffer }>('SELECT from_account FROM transfers LIMIT 1');
  const transfer = uuidToBytes(freshId());
  const other = uuidToBytes(freshId());
  const rows = [
    [transfer, row?.from_account ?? other, -5, 'USD'],
    [transfer, other, 5, 'USD'],
  ];
  await ledger.database.change('INSERT INTO postings (transfer_id, account_id, amount, currency) VALUES ?', [rows]);
  expect((await prove()).faults.map(({ what }) => what)).toContain('postings of no transfer');
  await ledger.database.change('DELETE FROM postings WHERE transfer_id = ?', [transfer]);
});
