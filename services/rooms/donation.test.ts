import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Payload } from '../../shared/events/catalogue.ts';
import { derivedId, freshId } from '../../shared/ids.ts';
import { exampleDonation } from '../../shared/testing/examples.ts';
import { commentMessage, decideRise, type DonationStatus, STATUS_RANK, toDonation } from './donation.ts';

const at = '2026-05-01T12:00:00.000Z';

describe("a donation's status", () => {
  const statuses = fc.constantFrom<DonationStatus>('pending', 'settled', 'rejected', 'refunded');
  const walk = (steps: readonly DonationStatus[]) =>
    steps.reduce<DonationStatus | null>((current, next) => (decideRise(current, next) ? next : current), null);

  test('only rises, whatever comes in whatever order', () => {
    fc.assert(
      fc.property(fc.array(statuses), statuses, (steps, next) => {
        const before = walk(steps);
        const after = walk([...steps, next]) as DonationStatus;
        expect(STATUS_RANK[after]).toBeGreaterThanOrEqual(before === null ? 0 : STATUS_RANK[before]);
        if (before !== null && STATUS_RANK[after] === STATUS_RANK[before]) expect(after).toBe(before);
      }),
      { numRuns: 500 },
    );
  });

  test('ends alike for every order and repetition of what the ledger says once', () => {
    const verdict = fc.constantFrom<DonationStatus>('settled', 'rejected');
    const cases = verdict.chain((said) => {
      const events = fc.array(fc.constantFrom<DonationStatus>('pending', said), { maxLength: 6 });
      return fc.tuple(fc.constant(said), events, events);
    });
    fc.assert(
      fc.property(cases, ([said, before, after]) => {
        expect(walk([...before, said, ...after])).toBe(said);
      }),
      { numRuns: 500 },
    );
  });
});

test('a donation that went back ends as refunded for every order and repetition, and settles at most once before', () => {
  const events = fc.array(fc.constantFrom<DonationStatus>('pending', 'settled', 'refunded'), { maxLength: 8 });
  fc.assert(
    fc.property(events, events, (before, after) => {
      let status: DonationStatus | null = null;
      const rises: DonationStatus[] = [];
      for (const next of [...before, 'refunded' as const, ...after]) {
        if (!decideRise(status, next)) continue;
        rises.push(next);
        status = next;
      }
      expect(status).toBe('refunded');
      expect(new Set(rises).size).toBe(rises.length);
      expect(rises.at(-1)).toBe('refunded');
    }),
    { numRuns: 500 },
  );
});

describe('a comment', () => {
  const settled = (message?: { message: string; is_public: boolean }): Payload<'ReceiveMoney'> => {
    const { owner_vouched: _, ...donate } = exampleDonation(message && { message });
    const balance = { account: freshId(), balance: '1.00', currency: 'USD', version: 1 };
    return { donate, donor: balance, owner: balance, settled_at: at };
  };

  test('becomes a message under an id that follows from the donation, once it is settled', () => {
    const payload = settled({ message: 'for you', is_public: false });
    const { donate } = payload;
    expect(commentMessage(payload)).toEqual({
      message_id: derivedId(donate.donate_id, 'message'),
      owner_id: donate.owner_id,
      from: donate.from,
      value: 'for you',
      is_public: false,
      donate_id: donate.donate_id,
      created_at: at,
    });
    expect(toDonation(donate, { status: 'pending', at })).toMatchObject({ hasMessage: true, messageId: null });
    expect(toDonation(donate, { status: 'settled', at })).toMatchObject({
      hasMessage: true,
      messageId: derivedId(donate.donate_id, 'message'),
    });
  });

  test.each([undefined, { message: '', is_public: true }, { message: ' \n', is_public: true }])(
    'is none where nothing is written: %j',
    (message) => {
      const payload = settled(message);
      expect(commentMessage(payload)).toBeNull();
      expect(toDonation(payload.donate, { status: 'settled', at })).toMatchObject({
        hasMessage: false,
        messageId: null,
      });
    },
  );
});

test.each(['0.00', '-1.00', '1.001', '1e3', 'x'])('a donation of %s is none of its currency', (sum) => {
  expect(toDonation(exampleDonation({ sum }), { status: 'pending', at })).toBeNull();
});
