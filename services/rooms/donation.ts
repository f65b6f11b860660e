import type { Static } from '@sinclair/typebox';
import { parseAmount } from '../../shared/amount.ts';
import type { Payload } from '../../shared/events/catalogue.ts';
import type { Donation as DonationPayload } from '../../shared/events/rooms.ts';
import { derivedId } from '../../shared/ids.ts';
import type { Person } from '../../shared/schema.ts';

/** A donation's way, as its donor and the owner may follow it. It only moves to a higher rank. */
export type DonationStatus = 'pending' | 'settled' | 'rejected' | 'refunded';

/** Whichever event arrives first creates the donation; of two of one rank the first stays. */
export const STATUS_RANK: Readonly<Record<DonationStatus, number>> = {
  pending: 0,
  settled: 1,
  rejected: 1,
  refunded: 2,
};

/** True where an event that says `next` changes the donation; `current` is null where it was not known. */
export function decideRise(current: DonationStatus | null, next: DonationStatus): boolean {
  return current === null || STATUS_RANK[next] > STATUS_RANK[current];
}

export interface Donation {
  readonly id: string;
  readonly ownerId: string;
  readonly from: Pick<Person, 'uuid' | 'type'>;
  /** Minor units. */
  readonly sum: bigint;
  readonly currency: string;
  readonly hasMessage: boolean;
  readonly messageId: string | null;
  readonly status: DonationStatus;
  readonly reason: string | null;
  readonly createdAt: string;
  readonly updatedAt: string;
}

/** What happened to a donation, with the time of it. */
export interface DonationStep {
  readonly status: DonationStatus;
  readonly reason?: string;
  readonly at: string;
}

/** The row that an event makes of the donation which it carries; null where its sum is none of its currency. */
export function toDonation(donate: Static<typeof DonationPayload>, step: DonationStep): Donation | null {
  const sum = parseAmount(donate.sum, donate.currency);
  if (sum === null || sum <= 0n) return null;
  const comment = commentOf(donate);
  return {
    id: donate.donate_id,
    ownerId: donate.owner_id,
    from: donate.from,
    sum,
    currency: donate.currency,
    hasMessage: comment !== null,
    messageId: comment && step.status === 'settled' ? commentId(donate.donate_id) : null,
    status: step.status,
    reason: step.reason ?? null,
    createdAt: donate.created_at,
    updatedAt: step.at,
  };
}

/** What was written beside a donation; an empty text is no comment. */
export function commentOf(donate: Static<typeof DonationPayload>): { message: string; is_public: boolean } | null {
  return donate.message && donate.message.message.trim() !== '' ? donate.message : null;
}

/** A comment's message has the same id however often its donation is settled. */
export function commentId(donateId: string): string {
  return derivedId(donateId, 'message');
}

/** The message that a settled donation's comment becomes. */
export function commentMessage({ donate, settled_at }: Payload<'ReceiveMoney'>): Payload<'AddNewMessage'> | null {
  const comment = commentOf(donate);
  return (
    comment && {
      message_id: commentId(donate.donate_id),
      owner_id: donate.owner_id,
      from: donate.from,
      value: comment.message,
      is_public: comment.is_public,
      donate_id: donate.donate_id,
      created_at: settled_at,
    }
  );
}
