import type { Static } from '@sinclair/typebox';
import { formatAmount } from '../../shared/amount.ts';
import type { Payload } from '../../shared/events/catalogue.ts';
import type { Donation } from '../../shared/events/rooms.ts';
import { derivedId } from '../../shared/ids.ts';

/** An account of money. Its balance is the sum of its postings; the postings of every transfer add up to zero. */
export interface Account {
  /** The person's uuid. */
  readonly id: string;
  readonly currency: string;
  /** Minor units. */
  readonly balance: bigint;
  /** Grows by one with each transfer that touches the account. */
  readonly version: number;
  readonly isBlocked: boolean;
}

export type RejectionReason = Payload<'DonateRejected'>['reason'];

export interface Transfer {
  readonly id: string;
  readonly kind: 'donation' | 'deposit' | 'payout' | 'refund';
  readonly state: 'settled' | 'rejected';
  readonly reason: RejectionReason | null;
  readonly from: string;
  readonly to: string;
  /** Minor units, above zero. */
  readonly sum: bigint;
  readonly currency: string;
  readonly fingerprint: string | null;
  /** The person's account afterwards, where a caller waits for it (of a refund the donor's); null for a donation. */
  readonly after: Account | null;
  /** A settled donation, whole, for the event of its refund. */
  readonly donation: Static<typeof Donation> | null;
  /** Whose Idempotency-Key asked for it, where the transfer's own id does not come from that. */
  readonly requestId: string | null;
}

export interface Posting {
  readonly transferId: string;
  readonly accountId: string;
  /** Minor units: negative leaves the account. */
  readonly amount: bigint;
  readonly currency: string;
}

/** What is to be written together: transfers, their postings, and the accounts they touched as they stand after it. */
export interface Booking {
  readonly transfers: readonly Transfer[];
  readonly postings: readonly Posting[];
  readonly balances: readonly Account[];
}

/** The counter side of deposits and payouts in one currency: postings only, with neither a row nor a lock of its own. */
export function houseAccount(currency: string): string {
  return derivedId(`external:${currency}`, 'account');
}

/** An account as it is opened. */
export function emptyAccount(id: string, currency: string): Account {
  return { id, currency, balance: 0n, version: 0, isBlocked: false };
}

/** An account as events show it. */
export function toBalance(account: Account): Payload<'ReceiveMoney'>['donor'] {
  const { id, balance, currency, version } = account;
  return { account: id, balance: formatAmount(balance, currency), currency, version };
}

/** An account after one more transfer. @param amount minor units, negative leaves it */
export function touch(account: Account, amount: bigint): Account {
  return { ...account, balance: account.balance + amount, version: account.version + 1 };
}

/** The two sides of a transfer; they add up to zero. */
export function postingsOf(transferId: string, from: string, to: string, sum: bigint, currency: string): Posting[] {
  return [
    { transferId, accountId: from, amount: -sum, currency },
    { transferId, accountId: to, amount: sum, currency },
  ];
}
