import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { freshId, uuidToBytes } from '../../../shared/ids.ts';
import type { Given, Harness, Then } from '../../../shared/testing/harness.ts';
import { untilWaiting } from '../../../shared/testing/locks.ts';
import { donation, inspect, openTestLedger, sound, type TestLedger } from '../testing/ledger.ts';
import { lockAccounts } from '../tables/accounts.ts';

let ledger: TestLedger;
let worker: Harness;
beforeAll(async () => {
  ledger = await openTestLedger();
  worker = await ledger.worker();
});
afterAll(() => ledger.close());

type Marking = 'UserDeleted' | 'UserBlocked' | 'UserUnblocked';

const said = (name: Marking, uuid: string): Given => ({
  name,
  payload: { uuid, created_at: new Date().toISOString() },
});

/** What became of these donations: "settled", or the reason of the rejection. */
async function fates(...gifts: Given[]): Promise<string[]> {
  const { emitted } = await worker.when(...gifts);
  return emitted.map(({ payload }) => ('reason' in payload ? payload.reason : 'settled'));
}

async function rowOf(person: string) {
  const [row] = await ledger.database.select('SELECT currency, status FROM accounts WHERE id = ?', [
    uuidToBytes(person),
  ]);
  return row;
}

test('who is blocked before any account of theirs exists neither gives nor gets, until the block is lifted', async () => {
  const [friend, blocked] = [await ledger.funded('10.00'), freshId()];
  const both = () => [donation(friend, blocked, '1.00'), donation(blocked, friend, '1.00')];
  const unvouched = () => donation(friend, blocked, '1.00', { owner_vouched: false });
  expect(await worker.when(said('UserBlocked', blocked))).toEqual({ outcomes: ['done'], emitted: [] });
  expect(await fates(unvouched())).toEqual(['blocked']);
  expect(await fates(...both())).toEqual(['blocked', 'blocked']);
  expect(await ledger.balanceOf(blocked)).toBe('0.00');

  await worker.when(said('UserUnblocked', blocked));
  expect(await fates(...both())).toEqual(['settled', 'settled']);
  expect([await ledger.balanceOf(friend), await ledger.balanceOf(blocked)]).toEqual(['10.00', '0.00']);
  expect(await rowOf(blocked)).toEqual({ currency: 'USD', status: 'active' });
});

test('an account with money is blocked and unblocked, and keeps its money', async () => {
  const [donor, owner] = [await ledger.funded('3.00'), await ledger.funded('1.00')];
  await worker.when(said('UserBlocked', owner));
  expect(await fates(donation(donor, owner, '1.00'), donation(owner, donor, '1.00'))).toEqual(['blocked', 'blocked']);
  await worker.when(said('UserUnblocked', owner));
  expect(await fates(donation(donor, owner, '1.00'))).toEqual(['settled']);
  expect([await ledger.balanceOf(donor), await ledger.balanceOf(owner)]).toEqual(['2.00', '2.00']);
});

test('a block that is told again after it was lifted does not come true again', async () => {
  const [donor, person] = [await ledger.funded('5.00'), freshId()];
  const block = { ...said('UserBlocked', person), id: freshId() };
  await worker.when(block);
  expect((await worker.again()).outcomes).toEqual(['duplicate']);
  await worker.when(said('UserUnblocked', person));
  expect((await worker.when(block)).outcomes).toEqual(['duplicate']);
  expect(await fates(donation(donor, person, '1.00'))).toEqual(['settled']);
});

test('two workers at once on the same events, as after a lost partition, mark once', async () => {
  const zombie = await ledger.worker();
  const people = Array.from({ length: 10 }, freshId);
  const events = people.map((person) => ({ ...said('UserBlocked', person), id: freshId() }));
  const [one, other] = await Promise.all([worker.when(...events), zombie.when(...events)]);
  expect([...one.outcomes, ...other.outcomes].filter((outcome) => outcome === 'done')).toHaveLength(10);
  expect(await Promise.all(people.map(rowOf))).toEqual(people.map(() => ({ currency: 'XXX', status: 'blocked' })));
});

test('who has deleted themselves stays out, whatever is said later', async () => {
  const [donor, gone, early] = [await ledger.funded('5.00'), await ledger.funded('5.00'), freshId()];
  for (const person of [gone, early]) {
    await worker.when(said('UserDeleted', person));
    expect((await worker.again()).outcomes).toEqual(['duplicate']);
    await worker.when(said('UserBlocked', person), said('UserUnblocked', person));
    expect(await fates(donation(donor, person, '1.00'), donation(person, donor, '1.00'))).toEqual([
      'blocked',
      'blocked',
    ]);
    expect(await rowOf(person)).toMatchObject({ status: 'deleted' });
  }
});

test('an unblocked person who never had an account is as unknown as before', async () => {
  const [donor, person] = [await ledger.funded('5.00'), freshId()];
  await worker.when(said('UserBlocked', person));
  await worker.when(said('UserUnblocked', person));
  expect(await fates(donation(donor, person, '1.00', { owner_vouched: false }))).toEqual(['unknown_owner']);
  expect(await ledger.questions.account({ subject: person })).toEqual({ balance: '0.00', currency: 'USD' });
});

test('an operator books for a blocked person as for anybody', async () => {
  const person = freshId();
  const book = (sum: string) => ({ transfer_id: freshId(), account: person, sum, fingerprint: 'f' });
  await worker.when(said('UserBlocked', person));
  await expect(ledger.questions.payout(book('1.00'))).rejects.toMatchObject({ status: 402 });
  expect(await ledger.questions.deposit(book('2.00'))).toMatchObject({ balance: '2.00', currency: 'USD' });
  expect(await ledger.questions.payout(book('1.00'))).toMatchObject({ balance: '1.00' });
  expect(await rowOf(person)).toEqual({ currency: 'USD', status: 'blocked' });
});

test('different things said of people in one slice lock them in one order, and the last of each person holds', async () => {
  const [early, late] = [await ledger.funded('1.00'), await ledger.funded('1.00')].sort() as [string, string];
  const back = freshId();
  let runs = 0; // of the other transaction: who falls victim to a deadlock runs again
  let marked: Promise<Then> | undefined;
  await ledger.database.transaction(async (tx) => {
    runs += 1;
    await lockAccounts(tx, [early], new Map());
    const things = [said('UserBlocked', back), said('UserUnblocked', back), said('UserUnblocked', early)];
    marked ??= worker.when(said('UserBlocked', late), said('UserDeleted', early), ...things);
    if (runs === 1) await untilWaiting(ledger.database);
    await lockAccounts(tx, [late], new Map());
  });
  expect((await marked)?.outcomes).toEqual(['done', 'done', 'done', 'done', 'done']);
  expect({ runs, deadlocks: ledger.deadlocks() }).toEqual({ runs: 1, deadlocks: 0 });
  expect(await Promise.all([early, late, back].map(rowOf))).toMatchObject([
    { status: 'deleted' },
    { status: 'blocked' },
    { currency: 'XXX', status: 'active' },
  ]);
});

test('people are marked while they give and get, and no two transactions wait for each other in a circle', async () => {
  const people = await Promise.all(Array.from({ length: 6 }, () => ledger.funded('50.00')));
  const workers = await Promise.all(Array.from({ length: 4 }, () => ledger.worker()));
  const pick = (number: number) => people[number % people.length] as string;
  await Promise.all(
    workers.map(async (one, at) => {
      for (let round = 0; round < 15; round++) {
        const marked = [pick(round), pick(round + 2 + at), pick(round + 5)];
        if (at === 0) await one.when(...marked.map((uuid) => said(round % 2 ? 'UserUnblocked' : 'UserBlocked', uuid)));
        else
          await one.when(
            donation(pick(round + at), pick(round + at + 1), '0.10'),
            donation(pick(at), pick(at + 3), '0.10'),
          );
      }
    }),
  );
  expect(ledger.deadlocks()).toBe(0);
  expect(await inspect(ledger.database)).toEqual(sound);
});
