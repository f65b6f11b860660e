import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Account } from './account.ts';
import { decideRefund, refundId } from './refund.ts';
import { at, donationId, funded, person, requested, wish } from './testing/donations.ts';

const { donate, sum } = requested(wish());
const wanted = { donate, sum, requestId: donationId(9) };
const decide = (donor: Account, owner: Account) => decideRefund({ donor, owner }, wanted, at);

describe('a refund', () => {
  test('moves the sum from the streamer back to the donor and tells the whole donation with both balances', () => {
    const decision = decide(funded(person(1), 100n), funded(person(2), 700n));
    expect(decision?.booking).toMatchObject({
      transfers: [{ id: refundId(donate.donate_id), kind: 'refund', from: person(2), to: person(1), sum: 500n }],
      postings: [
        { accountId: person(2), amount: -500n },
        { accountId: person(1), amount: 500n },
      ],
    });
    expect(decision?.event).toEqual({
      donate,
      transfer_id: refundId(donate.donate_id),
      donor: { account: person(1), balance: '6.00', currency: 'USD', version: 2 },
      owner: { account: person(2), balance: '2.00', currency: 'USD', version: 2 },
      refunded_at: at,
    });
  });

  test('of what the streamer has spent is refused by one minor unit', () => {
    expect(decide(funded(person(1), 0n), funded(person(2), 499n))).toBeNull();
    expect(decide(funded(person(1), 0n), funded(person(2), 500n))).not.toBeNull();
  });

  test('reaches whoever has been blocked since', () => {
    const blocked = { isBlocked: true };
    expect(decide(funded(person(1), 0n, blocked), funded(person(2), 500n, blocked))).not.toBeNull();
  });

  test('has one id, made from its donation', () => {
    expect(refundId(donationId(1))).toBe(refundId(donationId(1)));
    expect(refundId(donationId(1))).not.toBe(refundId(donationId(2)));
  });

  test('of any sum changes no sum of balances and goes below zero nowhere', () => {
    const cents = fc.bigInt(0n, 1_000n);
    fc.assert(
      fc.property(cents, cents, (donorHas, ownerHas) => {
        const decision = decide(funded(person(1), donorHas), funded(person(2), ownerHas));
        expect(decision === null).toBe(ownerHas < sum);
        if (!decision) return;
        const { balances, postings } = decision.booking;
        expect(balances.reduce((total, { balance }) => total + balance, 0n)).toBe(donorHas + ownerHas);
        expect(balances.every(({ balance }) => balance >= 0n)).toBe(true);
        expect(postings.reduce((total, { amount }) => total + amount, 0n)).toBe(0n);
      }),
      { numRuns: 500 },
    );
  });
});
