import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Payload } from '../../shared/events/catalogue.ts';
import { derivedId, freshId, uuidToBytes } from '../../shared/ids.ts';
import { refundId } from './refund.ts';
import { donation, inspect, openTestLedger, sound, type TestLedger } from './testing/ledger.ts';

let ledger: TestLedger;
beforeAll(async () => {
  ledger = await openTestLedger();
});
afterAll(() => ledger.close());

/** A donation that has settled, between two new people. */
async function settled(sum: string, message?: { message: string; is_public: boolean }) {
  const [donor, owner] = [await ledger.funded(sum), freshId()];
  const gift = donation(donor, owner, sum, message && { message });
  await (await ledger.worker()).when(gift);
  return { donor, owner, donateId: gift.id ?? '', payload: gift.payload as Payload<'AddNewDonate'> };
}

const refund = (donate_id: string, request_id = freshId()) => ledger.questions.refund({ request_id, donate_id });
const refusal = (status: number, message: string) => ({ status, message });

async function told(owner: string) {
  const rows = await ledger.database.select<{ event_id: string; headers: string; payload: string }>(
    'SELECT event_id, headers, payload FROM outbox WHERE record_key = ? ORDER BY id',
    [owner],
  );
  return rows
    .filter(({ headers }) => headers.includes('MoneyRefunded'))
    .map(({ event_id: id, payload }) => ({ id, payload: JSON.parse(payload) as Payload<'MoneyRefunded'> }));
}

async function postings(donateId: string) {
  return ledger.database.select('SELECT id FROM postings WHERE transfer_id = ?', [uuidToBytes(refundId(donateId))]);
}

describe('a refund', () => {
  test('gives the donation back and is told with the whole donation and both balances', async () => {
    const { donor, owner, donateId, payload } = await settled('5.00', { message: 'for you', is_public: false });
    const before = ledger.commits();
    const answer = { transfer_id: refundId(donateId), balance: '5.00', currency: 'USD', repeated: false };
    expect(await refund(donateId)).toEqual(answer);
    expect(ledger.commits()).toBe(before + 1);
    expect([await ledger.balanceOf(donor), await ledger.balanceOf(owner)]).toEqual(['5.00', '0.00']);
    const { owner_vouched: _, ...donate } = payload;
    expect(await told(owner)).toMatchObject([
      {
        id: derivedId(donateId, 'MoneyRefunded'),
        payload: {
          donate,
          transfer_id: refundId(donateId),
          donor: { account: donor, balance: '5.00', version: 3 },
          owner: { account: owner, balance: '0.00', version: 2 },
        },
      },
    ]);
  });

  test('is a line on both accounts, newest first', async () => {
    const { donor, owner, donateId } = await settled('5.00');
    await refund(donateId);
    const lines = async (subject: string) =>
      (await ledger.questions.postings({ subject, after: '', limit: 10 })).postings.map(({ kind, sum }) => [kind, sum]);
    expect(await lines(owner)).toEqual([
      ['refund', '-5.00'],
      ['donation', '5.00'],
    ]);
    expect((await lines(donor))[0]).toEqual(['refund', '5.00']);
  });

  test('asked for 50 times at once, under as many keys, is made once, and everybody gets its answer', async () => {
    const { donor, owner, donateId } = await settled('5.00');
    const answers = await Promise.all(Array.from({ length: 50 }, () => refund(donateId)));
    expect(answers.filter(({ repeated }) => !repeated)).toHaveLength(1);
    expect(new Set(answers.map(({ transfer_id, balance }) => `${transfer_id} ${balance}`)).size).toBe(1);
    expect([await ledger.balanceOf(donor), await ledger.balanceOf(owner)]).toEqual(['5.00', '0.00']);
    expect(await postings(donateId)).toHaveLength(2);
    expect(await told(owner)).toHaveLength(1);
  });

  test('that is repeated later answers the balance of its own time, whatever the streamer has by then', async () => {
    const { donor, donateId } = await settled('5.00');
    const first = await refund(donateId);
    await ledger.questions.payout({ transfer_id: freshId(), account: donor, sum: '5.00', fingerprint: 'f' });
    expect(await refund(donateId)).toEqual({ ...first, repeated: true });
  });

  test('without cover is refused, changes nothing, and may be asked for again', async () => {
    const { donor, owner, donateId } = await settled('5.00');
    const payout = { transfer_id: freshId(), account: owner, sum: '0.01', fingerprint: 'f' };
    await ledger.questions.payout(payout);
    await expect(refund(donateId)).rejects.toMatchObject(refusal(402, 'insufficient balance'));
    expect([await ledger.balanceOf(donor), await ledger.balanceOf(owner)]).toEqual(['0.00', '4.99']);
    expect(await told(owner)).toEqual([]);
    await ledger.questions.deposit({ ...payout, transfer_id: freshId() });
    expect(await refund(donateId)).toMatchObject({ repeated: false, balance: '5.00' });
  });

  test('of a donation that is not known, or bounced, or of another transfer is not found', async () => {
    const bounced = donation(await ledger.funded('1.00'), freshId(), '2.00');
    await (await ledger.worker()).when(bounced);
    const deposit = { transfer_id: freshId(), account: freshId(), sum: '1.00', fingerprint: 'f' };
    await ledger.questions.deposit(deposit);
    const { donateId } = await settled('1.00');
    await refund(donateId);
    for (const id of [freshId(), bounced.id ?? '', deposit.transfer_id, refundId(donateId)]) {
      await expect(refund(id)).rejects.toMatchObject(refusal(404, 'not found'));
    }
    await expect(refund('x')).rejects.toMatchObject({ status: 400 });
  });

  test('under the key of another refund is refused for a day; then the key answers what it did', async () => {
    const [one, other] = [await settled('1.00'), await settled('2.00')];
    const key = freshId();
    const first = await refund(one.donateId, key);
    expect(await refund(one.donateId, key)).toEqual({ ...first, repeated: true });
    await expect(refund(other.donateId, key)).rejects.toMatchObject(refusal(422, 'key reused'));
    await ledger.database.change('UPDATE transfers SET created_at = created_at - INTERVAL 25 HOUR WHERE id = ?', [
      uuidToBytes(refundId(one.donateId)),
    ]);
    expect(await refund(other.donateId, key)).toEqual({ ...first, repeated: true });
    expect(await ledger.balanceOf(other.owner)).toBe('2.00');
  });

  test('under one key of two donations at once gives one of them back', async () => {
    const gifts = await Promise.all([settled('1.00'), settled('1.00')]);
    const key = freshId();
    const results = await Promise.allSettled(gifts.map(({ donateId }) => refund(donateId, key)));
    expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(results.find((one) => one.status === 'rejected')?.reason).toMatchObject({ status: 422 });
  });

  test('of a donation from before the ledger kept it whole tells what the ledger knows', async () => {
    const { donor, owner, donateId } = await settled('5.00', { message: 'lost', is_public: true });
    await ledger.database.change('UPDATE transfers SET donation = NULL WHERE id = ?', [uuidToBytes(donateId)]);
    await refund(donateId);
    const [event] = await told(owner);
    expect(event?.payload.donate).toEqual({
      ...{ donate_id: donateId, owner_id: owner, sum: '5.00', currency: 'USD' },
      from: { uuid: donor, type: 'client', name: '' },
      created_at: expect.any(String),
    });
  });

  test('after all of this every balance is the sum of its postings', async () => {
    expect(await inspect(ledger.database)).toEqual(sound);
    expect(ledger.deadlocks()).toBe(0);
  });
});
