import { formatAmount } from '../../shared/amount.ts';
import type { Payload } from '../../shared/events/catalogue.ts';
import { derivedId } from '../../shared/ids.ts';
import type { Contribution } from './contribution.ts';

export interface SponsorState {
  /** Who holds the title; null: nobody yet. */
  readonly holder: string | null;
  /** Grows by one with each change of the holder. */
  readonly version: number;
  /** Running totals in minor units; at least those of the holder and of everybody who contributes now. */
  readonly totals: ReadonlyMap<string, bigint>;
}

/** The title goes to another donor: to the one whose contribution did it. */
export interface SponsorChange<C> {
  readonly by: C;
  /** All that they have given to the room, in minor units. */
  readonly total: bigint;
  readonly version: number;
}

type Counted = Pick<Contribution, 'clientId' | 'sum'>;

/**
 * Counts donations in the order given. The title changes when another donor's total is strictly above the holder's;
 * a tie keeps the holder, and so does a holder who only gives more.
 */
export function decideSponsor<C extends Counted>(
  state: SponsorState,
  contributions: readonly C[],
): { readonly state: SponsorState; readonly changes: readonly SponsorChange<C>[] } {
  const totals = new Map(state.totals);
  const changes: SponsorChange<C>[] = [];
  let { holder, version } = state;
  for (const by of contributions) {
    const { clientId, sum } = by;
    const total = (totals.get(clientId) ?? 0n) + sum;
    totals.set(clientId, total);
    const toBeat = holder === null ? 0n : (totals.get(holder) ?? 0n);
    if (clientId === holder || total <= toBeat) continue;
    holder = clientId;
    version += 1;
    changes.push({ by, total, version });
  }
  return { state: { holder, version, totals }, changes };
}

/** A change as the event tells it. */
export function sponsorPayload({ by, total, version }: SponsorChange<Contribution>): Payload<'NewSponsor'> {
  return {
    owner_id: by.ownerId,
    sponsor: { uuid: by.clientId, name: by.name },
    total: formatAmount(total, by.currency),
    currency: by.currency,
    version,
    created_at: by.at,
  };
}

/** The event of one change: the same however often its donation is handled. */
export function newSponsorId(ownerId: string, version: number): string {
  return derivedId(ownerId, `sponsor:${version}`);
}
