import { parseAmount } from '../../shared/amount.ts';
import type { Received } from '../../shared/event.ts';
import { deadLetter, done, type Outcome } from '../../shared/listener.ts';

/** A settled donation as goals and totals count it. */
export interface Contribution {
  readonly event: Received<'ReceiveMoney'>;
  readonly donateId: string;
  /** The room that it was given to. */
  readonly ownerId: string;
  readonly clientId: string;
  /** The donor's; "" where it is not known. */
  readonly name: string;
  /** Minor units, above zero. */
  readonly sum: bigint;
  readonly currency: string;
  /** When it was settled, RFC 3339. */
  readonly at: string;
}

/** What is to be counted, by room and in the order of the log, and what becomes of each event. */
export function readContributions(events: readonly Received<'ReceiveMoney'>[]): {
  readonly counted: readonly Contribution[];
  readonly rooms: ReadonlyMap<string, readonly Contribution[]>;
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

function toContribution(event: Received<'ReceiveMoney'>): Contribution | null {
  const { donate, settled_at: at } = event.payload;
  const { donate_id: donateId, owner_id: ownerId, from, currency } = donate;
  const sum = parseAmount(donate.sum, currency);
  if (sum === null || sum <= 0n) return null;
  return { event, donateId, ownerId, clientId: from.uuid, name: from.name, sum, currency, at };
}
