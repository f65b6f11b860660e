import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { decodeEvent } from '../../shared/event.ts';
import { freshId } from '../../shared/ids.ts';
import { houseAccount } from './account.ts';
import { type BookingRequest } from './service.ts';
import { donation, inspect, openTestLedger, sound, type TestLedger } from './testing/ledger.ts';

let ledger: TestLedger;
beforeAll(async () => {
  ledger = await openTestLedger();
});
afterAll(() => ledger.close());

const booking = (more: Partial<BookingRequest> = {}): BookingRequest => ({
  transfer_id: freshId(),
  account: freshId(),
  sum: '84.50',
  fingerprint: 'f',
  ...more,
});

async function emittedFor(account: string) {
  const rows = await ledger.database.select<{ headers: string; payload: string }>(
    'SELECT headers, payload FROM outbox WHERE record_key = ? ORDER BY id',
    [account],
  );
  return rows.map(({ headers, payload }) => {
    const at = { topic: 'ledger' as const, partition: 0, offset: 0n, key: account, timestampMs: 0 };
    const read = decodeEvent({
      ...at,
      headers: JSON.parse(headers) as Record<string, string>,
      value: Buffer.from(payload),
    });
    return read.kind === 'event' ? { name: read.event.name, payload: read.event.payload } : read;
  });
}

describe('a deposit', () => {
  test('opens the account, answers the balance and is told to the rest of the product', async () => {
    const request = booking();
    const { transfer_id, account } = request;
    const answer = { transfer_id, balance: '84.50', currency: 'USD', repeated: false };
    expect(await ledger.questions.account({ subject: account })).toEqual({ balance: '0.00', currency: 'USD' });
    const before = ledger.commits();
    expect(await ledger.questions.deposit(request)).toEqual(answer);
    expect(ledger.commits()).toBe(before + 1);
    expect(await emittedFor(account)).toMatchObject([
      { name: 'MoneyDeposited', payload: { transfer_id, account, sum: '84.50', balance: '84.50', version: 1 } },
    ]);
  });

  test('made 100 times at once under one key books one transfer, and everyone gets its answer', async () => {
    const request = booking({ sum: '1.00' });
    const answers = await Promise.all(Array.from({ length: 100 }, () => ledger.questions.deposit(request)));
    expect(answers.filter(({ repeated }) => !repeated)).toHaveLength(1);
    expect(new Set(answers.map(({ balance }) => balance))).toEqual(new Set(['1.00']));
    expect(await ledger.balanceOf(request.account)).toBe('1.00');
    expect(await emittedFor(request.account)).toHaveLength(1);
  });

  test('that is repeated later answers the balance of its own time', async () => {
    const request = booking({ sum: '2.00' });
    await ledger.questions.deposit(request);
    await ledger.questions.deposit(booking({ account: request.account, sum: '3.00' }));
    expect(await ledger.questions.deposit(request)).toMatchObject({ balance: '2.00', repeated: true });
  });

  test('under the key of another body is refused', async () => {
    const request = booking();
    await ledger.questions.deposit(request);
    const other = { ...request, sum: '1.00', fingerprint: 'other' };
    await expect(ledger.questions.deposit(other)).rejects.toMatchObject({ status: 422, message: 'key reused' });
    await expect(ledger.questions.payout(request)).rejects.toMatchObject({ status: 422, message: 'key reused' });
    expect(await ledger.balanceOf(request.account)).toBe('84.50');
  });

  test('under a key of yesterday answers what was booked then, whatever the body says', async () => {
    const request = booking();
    const first = await ledger.questions.deposit(request);
    await ledger.database.change('UPDATE transfers SET created_at = created_at - INTERVAL 25 HOUR');
    const late = await ledger.questions.deposit({ ...request, sum: '1.00', fingerprint: 'other' });
    expect(late).toEqual({ ...first, repeated: true });
  });

  test.each(['0', '0.00', '-1', '0.001', '1000000.01', 'NaN', '1e3'])('of %s is refused', async (sum) => {
    await expect(ledger.questions.deposit(booking({ sum }))).rejects.toMatchObject({ status: 400 });
  });

  test('to the house account, which is its other side already, is refused, and nothing is booked', async () => {
    const request = booking({ account: houseAccount('USD') });
    const refused = { status: 422, message: 'unprocessable' };
    await expect(ledger.questions.deposit(request)).rejects.toMatchObject(refused);
    await expect(ledger.questions.payout(request)).rejects.toMatchObject(refused);
    expect(await emittedFor(request.account)).toEqual([]);
    expect((await ledger.questions.account({ subject: request.account })).balance).toBe('0.00');
  });

  test('to an account in another currency is refused', async () => {
    const worker = await ledger.worker();
    const account = freshId();
    await worker.when(donation(account, freshId(), '1.00', { currency: 'EUR' }));
    await expect(ledger.questions.deposit(booking({ account }))).rejects.toMatchObject({ status: 422 });
  });
});

describe('a payout', () => {
  test('takes the money out and is told', async () => {
    const account = await ledger.funded('10.00');
    expect(await ledger.questions.payout(booking({ account, sum: '4.00' }))).toMatchObject({ balance: '6.00' });
    expect((await emittedFor(account)).at(-1)).toMatchObject({
      name: 'MoneyPaidOut',
      payload: { sum: '4.00', balance: '6.00', version: 2 },
    });
  });

  test('without cover is refused, and nothing has changed', async () => {
    const account = await ledger.funded('10.00');
    const refusal = { status: 402, message: 'insufficient balance' };
    await expect(ledger.questions.payout(booking({ account, sum: '10.01' }))).rejects.toMatchObject(refusal);
    await expect(ledger.questions.payout(booking({ sum: '0.01' }))).rejects.toMatchObject(refusal);
    expect(await ledger.balanceOf(account)).toBe('10.00');
    expect(await emittedFor(account)).toHaveLength(1);
  });

  test('asked for 50 times at once with cover for three is made three times', async () => {
    const account = await ledger.funded('3.50');
    const all = Array.from({ length: 50 }, () => ledger.questions.payout(booking({ account, sum: '1.00' })));
    const made = (await Promise.allSettled(all)).filter(({ status }) => status === 'fulfilled');
    expect(made).toHaveLength(3);
    expect(await ledger.balanceOf(account)).toBe('0.50');
  });
});

test('no statement can take a balance below zero, whatever the code decides', async () => {
  const account = await ledger.funded('1.00');
  const overdraw = ledger.database.change('UPDATE accounts SET balance = -1 WHERE id = ?', [
    Buffer.from(account.replaceAll('-', ''), 'hex'),
  ]);
  await expect(overdraw).rejects.toMatchObject({ errno: expect.anything() });
  expect(await ledger.balanceOf(account)).toBe('1.00');
});

test('postings are listed newest first, one a transfer, page by page to the end', async () => {
  const account = await ledger.funded('10.00');
  const worker = await ledger.worker();
  await worker.when(donation(account, freshId(), '1.00'), donation(account, freshId(), '2.00'));
  await ledger.questions.payout(booking({ account, sum: '3.00' }));
  const first = await ledger.questions.postings({ subject: account, after: '', limit: 3 });
  expect(first.postings.map(({ kind, sum }) => [kind, sum])).toEqual([
    ['payout', '-3.00'],
    ['donation', '-2.00'],
    ['donation', '-1.00'],
  ]);
  const last = await ledger.questions.postings({ subject: account, after: first.next, limit: 3 });
  expect(last).toMatchObject({ postings: [{ kind: 'deposit', sum: '10.00' }], next: '' });
});

test('a cursor that is none, and a page beyond 100 lines, are refused', async () => {
  const subject = freshId();
  await expect(ledger.questions.postings({ subject, after: 'x', limit: 3 })).rejects.toMatchObject({ status: 400 });
  await expect(ledger.questions.postings({ subject, after: '', limit: 101 })).rejects.toMatchObject({ status: 400 });
});

test('after all of this every balance is the sum of its postings', async () => {
  expect(await inspect(ledger.database)).toEqual(sound);
});
