import { formatAmount } from '../../shared/amount.ts';
import type { Payload } from '../../shared/events/catalogue.ts';
import { derivedId } from '../../shared/ids.ts';
import type { Contribution } from './contribution.ts';

export interface SponsorState {
  /** Who holds the title; null: nobody. */
  readonly holder: string | null;
  /** Grows by one with each change of the holder. */
  readonly version: number;
  /** Running totals in minor units; at least those that the decision asks for. */
  readonly totals: ReadonlyMap<string, bigint>;
}

/** A room's title before anybody has given. */
export const nobody: SponsorState = { holder: null, version: 0, totals: new Map() };

/** The title goes to another donor, or to nobody. */
export interface SponsorChange<C> {
  /** The contribution, or the refund, that did it. */
  readonly by: C;
  readonly holder: string | null;
  /** All that the holder has given to the room, in minor units. */
  readonly total: bigint;
  readonly version: number;
}

export interface SponsorDecision<C> {
  readonly state: SponsorState;
  readonly changes: readonly SponsorChange<C>[];
}

type Counted = Pick<Contribution, 'clientId' | 'sum'>;

/**
 * Counts donations in the order given. The title changes when another donor's total is strictly above the holder's;
 * a tie keeps the holder, and so does a holder who only gives more.
 * @param state with the totals of the holder and of everybody who gives
 */
export function decideSponsor<C extends Counted>(state: SponsorState, contributions: readonly C[]): SponsorDecision<C> {
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
    changes.push({ by, holder, total, version });
  }
  return { state: { holder, version, totals }, changes };
}

/**
 * Takes donations out again, in the order given. A holder who falls below another loses the title to whoever has given
 * most now; of several who have given alike, to the first of the leaderboard, which goes by uuid. It goes to nobody
 * where nothing is left.
 * @param state with the totals of the holder, of everybody whose donations go back, and of as many others who have
 * given most as there are such people and one more
 */
export function decideSponsorAfterRefunds<C extends Counted>(
  state: SponsorState,
  refunds: readonly C[],
): SponsorDecision<C> {
  const totals = new Map(state.totals);
  const changes: SponsorChange<C>[] = [];
  let { holder, version } = state;
  for (const by of refunds) {
    totals.set(by.clientId, (totals.get(by.clientId) ?? 0n) - by.sum);
    if (by.clientId !== holder) continue;
    const held = totals.get(holder) ?? 0n;
    const [first, most] = firstOf(totals);
    if (held > 0n && held >= most) continue;
    holder = first;
    version += 1;
    changes.push({ by, holder, total: most, version });
  }
  return { state: { holder, version, totals }, changes };
}

/** Who has given most, and how much; null and 0 where nobody has given anything. */
function firstOf(totals: ReadonlyMap<string, bigint>): readonly [string | null, bigint] {
  let first: string | null = null;
  let most = 0n;
  for (const [clientId, total] of totals) {
    if (total < most || total <= 0n) continue;
    if (total > most || first === null || clientId < first) [first, most] = [clientId, total];
  }
  return [first, most];
}

/** A change as the event tells it. @param name the holder's; "" where it is not known */
export function sponsorPayload(change: SponsorChange<Contribution>, name: string): Payload<'NewSponsor'> {
  const { by, holder, total, version } = change;
  return {
    owner_id: by.ownerId,
    sponsor: holder === null ? null : { uuid: holder, name },
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
