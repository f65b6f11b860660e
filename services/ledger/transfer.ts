import type { Static } from '@sinclair/typebox';
import { formatAmount, maximumSum, parseAmount } from '../../shared/amount.ts';
import type { Received } from '../../shared/event.ts';
import type { Payload } from '../../shared/events/catalogue.ts';
import type { Donation } from '../../shared/events/rooms.ts';
import {
  type Account,
  type Booking,
  emptyAccount,
  type Posting,
  postingsOf,
  type RejectionReason,
  toBalance,
  touch,
  type Transfer,
} from './account.ts';

/** A donation that asks for its money. */
export interface RequestedDonation {
  readonly donate: Static<typeof Donation>;
  /** Minor units. */
  readonly sum: bigint;
  readonly isOwnerVouched: boolean;
  readonly fingerprint: string | null;
}

export type TransferEvent =
  | { readonly name: 'ReceiveMoney'; readonly causeId: string; readonly payload: Payload<'ReceiveMoney'> }
  | { readonly name: 'DonateRejected'; readonly causeId: string; readonly payload: Payload<'DonateRejected'> };

/**
 * Settles or rejects each donation in the order given, each against the balances that those before it have left.
 * @param accounts those that are open; missing ones are opened on sight, at zero, where `accountsToOpen` allows it
 * @param at the time of the settlement, RFC 3339
 */
export function decideTransfers(
  accounts: ReadonlyMap<string, Account>,
  donations: readonly RequestedDonation[],
  at: string,
): Booking & { readonly events: readonly TransferEvent[] } {
  const open = new Map(accounts);
  const touched = new Set<string>();
  const transfers: Transfer[] = [];
  const postings: Posting[] = [];
  const events: TransferEvent[] = [];
  for (const donation of donations) {
    const { donate, sum } = donation;
    for (const [id, currency] of accountsToOpen([donation]))
      if (!open.has(id)) open.set(id, emptyAccount(id, currency));
    const verdict = judge(open, donation);
    transfers.push(toTransfer(donation, verdict.kind === 'settled' ? null : verdict.reason));
    if (verdict.kind === 'rejected') {
      const payload = { donate, reason: verdict.reason, rejected_at: at };
      events.push({ name: 'DonateRejected', causeId: donate.donate_id, payload });
      continue;
    }
    const donor = touch(verdict.donor, -sum);
    const owner = touch(verdict.owner, sum);
    for (const account of [donor, owner]) {
      open.set(account.id, account);
      touched.add(account.id);
    }
    postings.push(...postingsOf(donate.donate_id, donor.id, owner.id, sum, donate.currency));
    const payload = { donate, donor: toBalance(donor), owner: toBalance(owner), settled_at: at };
    events.push({ name: 'ReceiveMoney', causeId: donate.donate_id, payload });
  }
  const balances = [...touched].map((id) => open.get(id)).filter((account) => account !== undefined);
  return { transfers, postings, balances, events };
}

type Verdict =
  | { readonly kind: 'settled'; readonly donor: Account; readonly owner: Account }
  | { readonly kind: 'rejected'; readonly reason: RejectionReason };

function judge(open: ReadonlyMap<string, Account>, { donate, sum }: RequestedDonation): Verdict {
  const rejected = (reason: RejectionReason): Verdict => ({ kind: 'rejected', reason });
  const donor = open.get(donate.from.uuid);
  const owner = open.get(donate.owner_id);
  if (donate.from.uuid === donate.owner_id) return rejected('self_donation');
  if (!owner) return rejected('unknown_owner');
  // A donor's account is always opened before; without one there is no money either.
  if (!donor) return rejected('insufficient_balance');
  if (donor.isBlocked || owner.isBlocked) return rejected('blocked');
  if (donor.currency !== donate.currency || owner.currency !== donate.currency) return rejected('currency_differs');
  if (donor.balance < sum) return rejected('insufficient_balance');
  return { kind: 'settled', donor, owner };
}

/** Which accounts these donations may open, and in which currency: a donor's always, an owner's when vouched for. */
export function accountsToOpen(donations: readonly RequestedDonation[]): ReadonlyMap<string, string> {
  const currencies = new Map<string, string>();
  for (const { donate, isOwnerVouched } of donations) {
    const ids = isOwnerVouched ? [donate.from.uuid, donate.owner_id] : [donate.from.uuid];
    for (const id of ids) if (!currencies.has(id)) currencies.set(id, donate.currency);
  }
  return currencies;
}

/** The donation that an event asks for, or what makes it one that can never be booked. */
export function readDonation(event: Received<'AddNewDonate'>): RequestedDonation | { readonly fault: string } {
  const { owner_vouched: isOwnerVouched, ...donate } = event.payload;
  if (donate.donate_id !== event.id) return { fault: 'donate_id is not the id of the event' };
  const sum = parseAmount(donate.sum, donate.currency);
  if (sum === null || sum <= 0n || sum > maximumSum(donate.currency)) return { fault: 'sum is none of the currency' };
  const normal = { ...donate, sum: formatAmount(sum, donate.currency) };
  return { donate: normal, sum, isOwnerVouched, fingerprint: event.fingerprint };
}

function toTransfer({ donate, sum, fingerprint }: RequestedDonation, reason: RejectionReason | null): Transfer {
  return {
    id: donate.donate_id,
    kind: 'donation',
    state: reason === null ? 'settled' : 'rejected',
    reason,
    from: donate.from.uuid,
    to: donate.owner_id,
    sum,
    currency: donate.currency,
    fingerprint,
    after: null,
    donation: reason === null ? donate : null,
    requestId: null,
  };
}
