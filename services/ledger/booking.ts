import { type Account, type Booking, houseAccount, postingsOf, touch, type Transfer } from './account.ts';

export interface WantedBooking {
  /** The transfer's id, made from the caller's Idempotency-Key. */
  readonly id: string;
  readonly kind: 'deposit' | 'payout';
  /** Minor units, above zero. */
  readonly sum: bigint;
  readonly fingerprint: string;
}

/**
 * Moves money between a person and the outside.
 * @returns null where a payout has no cover
 */
export function decideBooking(
  account: Account,
  wanted: WantedBooking,
): { readonly booking: Booking; readonly after: Account } | null {
  const { id, kind, sum, fingerprint } = wanted;
  const { currency } = account;
  if (kind === 'payout' && account.balance < sum) return null;
  const after = touch(account, kind === 'deposit' ? sum : -sum);
  const outside = houseAccount(currency);
  const [from, to] = kind === 'deposit' ? [outside, account.id] : [account.id, outside];
  const settled = { state: 'settled', reason: null, donation: null, requestId: null } as const;
  const transfer: Transfer = { id, kind, ...settled, from, to, sum, currency, fingerprint, after };
  const postings = postingsOf(id, from, to, sum, currency);
  return { booking: { transfers: [transfer], postings, balances: [after] }, after };
}
