import type { Payload } from '../../shared/events/catalogue.ts';
import { derivedId } from '../../shared/ids.ts';
import { type Account, type Booking, postingsOf, toBalance, touch, type Transfer } from './account.ts';

type Donate = Payload<'MoneyRefunded'>['donate'];

/** A settled donation that is to go back. */
export interface WantedRefund {
  readonly donate: Donate;
  /** Minor units, above zero. */
  readonly sum: bigint;
  readonly requestId: string;
}

/** A donation has one refund, whoever asks for it under whichever key. */
export function refundId(donateId: string): string {
  return derivedId(donateId, 'refund');
}

/**
 * Moves a donation's money back. Who is blocked by now is no matter: a refund is an operator's own decision.
 * @param at the time of the refund, RFC 3339
 * @returns null where the streamer no longer has it
 */
export function decideRefund(
  accounts: { readonly donor: Account; readonly owner: Account },
  { donate, sum, requestId }: WantedRefund,
  at: string,
): { readonly booking: Booking; readonly donor: Account; readonly event: Payload<'MoneyRefunded'> } | null {
  if (accounts.owner.balance < sum) return null;
  const donor = touch(accounts.donor, sum);
  const owner = touch(accounts.owner, -sum);
  const id = refundId(donate.donate_id);
  const { currency } = donate;
  const transfer: Transfer = {
    ...{ id, kind: 'refund', state: 'settled', reason: null, from: owner.id, to: donor.id, sum, currency },
    ...{ fingerprint: null, after: donor, donation: null, requestId },
  };
  const postings = postingsOf(id, owner.id, donor.id, sum, currency);
  const event = { donate, transfer_id: id, donor: toBalance(donor), owner: toBalance(owner), refunded_at: at };
  return { booking: { transfers: [transfer], postings, balances: [donor, owner] }, donor, event };
}
