import { describe, expect, test } from '@jest/globals';
import type { Received } from '../../shared/event.ts';
import type { Account } from './account.ts';
import { at, donationId, funded, person, requested, wish } from './testing/donations.ts';
import { decideTransfers, readDonation, type RequestedDonation } from './transfer.ts';

function decide(accounts: readonly Account[], ...donations: readonly RequestedDonation[]) {
  return decideTransfers(new Map(accounts.map((account) => [account.id, account])), donations, at);
}

describe('a donation', () => {
  test('moves its sum from the donor to the streamer and tells both balances', () => {
    const decision = decide([funded(person(1), 1_000n), funded(person(2), 50n)], requested(wish()));
    expect(decision.postings.map(({ accountId, amount }) => [accountId, amount])).toEqual([
      [person(1), -500n],
      [person(2), 500n],
    ]);
    expect(decision.events).toMatchObject([
      {
        name: 'ReceiveMoney',
        payload: { donor: { balance: '5.00', version: 2 }, owner: { balance: '5.50', version: 2 } },
      },
    ]);
  });

  test.each<[string, readonly Account[], RequestedDonation]>([
    ['insufficient_balance', [funded(person(1), 499n)], requested(wish())],
    ['insufficient_balance', [], requested(wish())],
    ['unknown_owner', [funded(person(1), 500n)], requested(wish({ isOwnerVouched: false }))],
    ['blocked', [funded(person(1), 500n, { isBlocked: true })], requested(wish())],
    ['blocked', [funded(person(1), 500n), funded(person(2), 0n, { isBlocked: true })], requested(wish())],
    ['currency_differs', [funded(person(1), 500n)], requested(wish(), 'EUR')],
    ['currency_differs', [funded(person(1), 500n), funded(person(2), 0n, { currency: 'EUR' })], requested(wish())],
    ['self_donation', [funded(person(1), 500n)], requested(wish({ owner: 1 }))],
  ])('is rejected as %s and moves nothing', (reason, accounts, donation) => {
    const decision = decide(accounts, donation);
    expect(decision).toMatchObject({ transfers: [{ state: 'rejected', reason }], postings: [], balances: [] });
    expect(decision.events).toMatchObject([{ name: 'DonateRejected', payload: { reason, donate: donation.donate } }]);
  });

  test('may be spent by the next one of the same batch, and no sooner', () => {
    const rich = [funded(person(1), 500n)];
    const gift = requested(wish());
    const onward = requested(wish({ number: 2, donor: 2, owner: 3 }));
    expect(decide(rich, gift, onward).transfers.map(({ state }) => state)).toEqual(['settled', 'settled']);
    expect(decide(rich, onward, gift).transfers.map(({ state }) => state)).toEqual(['rejected', 'settled']);
  });

  test('opens an owner who is vouched for, for those who come after it only', () => {
    const unvouched = (number: number) => requested(wish({ number, sum: 1, isOwnerVouched: false }));
    const decision = decide(
      [funded(person(1), 100n)],
      unvouched(1),
      requested(wish({ number: 2, sum: 1 })),
      unvouched(3),
    );
    expect(decision.transfers.map(({ reason }) => reason)).toEqual(['unknown_owner', null, null]);
  });
});

describe('reading AddNewDonate', () => {
  const event = (payload: object, id = donationId(1)) =>
    ({
      id,
      name: 'AddNewDonate',
      payload: { ...requested(wish()).donate, owner_vouched: true, ...payload },
      time: new Date(at),
      fingerprint: null,
      traceparent: null,
      position: { topic: 'donations', partition: 0, offset: 0n },
    }) satisfies Received as Received<'AddNewDonate'>;

  test('keeps the donation whole and leaves out what only the ledger needed', () => {
    const message = { message: 'hello', is_public: true };
    const { donate } = readDonation(event({ message, sum: '5.5' })) as RequestedDonation;
    expect(donate).toEqual({ ...requested(wish()).donate, sum: '5.50', message });
  });

  test.each(['0', '0.00', '-5', '0.001', '1000000.01', '9999999999999999'])('refuses the sum %s', (sum) => {
    expect(readDonation(event({ sum }))).toEqual({ fault: 'sum is none of the currency' });
  });

  test('refuses a donation under the id of another event', () => {
    expect(readDonation(event({}, donationId(2)))).toHaveProperty('fault');
  });
});
