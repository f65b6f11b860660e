import { parseAmount } from '../../shared/amount.ts';
import type { Received } from '../../shared/event.ts';
import { deadLetter, done, type Outcome } from '../../shared/listener.ts';

/** What moves goals and totals: a settled donation, or its refund. */
export type MoneyEvent = 'ReceiveMoney' | 'MoneyRefunded';

/** A donation as goals and totals count it, or as its refund takes it out. */
export interface Contribution<N extends MoneyEvent = MoneyEvent> {
  readonly event: Received<N>;
  readonly donateId: string;
  /** The room that it was given to. */
  readonly ownerId: string;
  readonly clientId: string;
  /** The donor's; "" where it is not known. */
  readonly name: string;
  /** Minor units, above zero. */
  readonly sum: bigint;
  readonly currency: string;
  /** When it was settled, or refunded; RFC 3339. */
  readonly at: string;
}

/** What is to be counted, by room and in the order of the log, and what becomes of each event. */
export function readContributions<N extends MoneyEvent>(
  events: readonly Received<N>[],
): {
  readonly counted: readonly Contribution<N>[];
  readonly rooms: ReadonlyMap<string, readonly Contribution<N>[]>;
  readonly outcomes: readonly Outcome[];
} {
  const read = events.map(toContribution);
  const counted = read.filter((one) => one !== null);
  return {
    counted,
    rooms: Map.groupBy(counted, (one) => one.ownerId),
    outcomes: read.map((one) => (one ? done : deadLetter('sum is none of its currency'))),
  };
}

function toContribution<N extends MoneyEvent>(event: Received<N>): Contribution<N> | null {
  const { payload } = event as Received<MoneyEvent>;
  const { donate_id: donateId, owner_id: ownerId, from, currency, sum: text } = payload.donate;
  const sum = parseAmount(text, currency);
  if (sum === null || sum <= 0n) return null;
  const at = 'settled_at' in payload ? payload.settled_at : payload.refunded_at;
  return { event, donateId, ownerId, clientId: from.uuid, name: from.name, sum, currency, at };
}

/** A contribution as it was counted, or as a refund that came before it has left it. */
export interface Share {
  /** Minor units. */
  readonly sum: bigint;
  readonly isRefunded: boolean;
}

/**
 * Which refunds take out what was counted, with what is known of it; and which came first: those leave a mark, so that
 * the donation is never counted. One that was taken out before is neither.
 * @param shares by donation, those that have a row
 */
export function decideRefunds<R extends { readonly donateId: string }, S extends Share>(
  shares: ReadonlyMap<string, S>,
  refunds: readonly R[],
): { readonly taken: readonly (Omit<R, keyof S> & S)[]; readonly early: readonly R[] } {
  const taken = refunds.flatMap((refund) => {
    const share = shares.get(refund.donateId);
    return share && !share.isRefunded ? [{ ...refund, ...share }] : [];
  });
  return { taken, early: refunds.filter(({ donateId }) => !shares.has(donateId)) };
}

export function donateIdsOf(events: readonly Received<MoneyEvent>[]): string[] {
  return events.map(({ payload }) => payload.donate.donate_id);
}
