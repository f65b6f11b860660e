import type { Account } from '../account.ts';
import { derivedId } from '../../../shared/ids.ts';
import type { RequestedDonation } from '../transfer.ts';

/** Donations and accounts as tests write them: people and donations by number, sums in cents. */
export interface Wish {
  readonly number: number;
  readonly donor: number;
  readonly owner: number;
  readonly sum: number;
  readonly isOwnerVouched: boolean;
}

/** What a wish asks of the ledger. */
export function requested({ number, donor, owner, sum, isOwnerVouched }: Wish, currency = 'USD'): RequestedDonation {
  const donate = {
    donate_id: donationId(number),
    owner_id: person(owner),
    from: { uuid: person(donor), type: 'client' as const, name: 'Ann' },
    sum: (sum / 100).toFixed(2),
    currency,
    created_at: at,
  };
  return { donate, sum: BigInt(sum), isOwnerVouched, fingerprint: null };
}

/** A wish with everything in order, but for what the test changes. */
export const wish = (more: Partial<Wish> = {}): Wish => ({
  number: 1,
  donor: 1,
  owner: 2,
  sum: 500,
  isOwnerVouched: true,
  ...more,
});

/** The time of every decision in these tests. */
export const at = '2026-01-01T00:00:00.000Z';
/** The uuid of person number n. */
export const person = (number: number) => derivedId('person', String(number));
/** An open account with a balance in cents. */
export const funded = (id: string, balance: bigint, more: Partial<Account> = {}): Account => ({
  id,
  currency: 'USD',
  balance,
  version: 1,
  isBlocked: false,
  ...more,
});

/** The id of donation number n. */
export const donationId = (number: number) => derivedId('donation', String(number));
