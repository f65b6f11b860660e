import type { LedgerFacts, TransferFact } from './ledger-facts.ts';
import type { DonationFact, RoomsFacts, ShareFact } from './rooms-facts.ts';
import { violations, type Violations } from './violations.ts';

/** A donation as the ledger has it, with the status that the rooms must give it. */
interface Booked {
  readonly transfer: TransferFact;
  readonly status: 'settled' | 'rejected' | 'refunded';
}

/** Donations by id, as the ledger has them: all that the rooms may show and count. */
export type Bookings = ReadonlyMap<string, Booked>;

/** @param refundIdOf a donation's refund, as the ledger names it */
export function bookingsOf({ transfers }: LedgerFacts, refundIdOf: (donateId: string) => string): Bookings {
  const bookings = new Map<string, Booked>();
  const hasRefunds = [...transfers.values()].some(({ kind }) => kind === 'refund');
  for (const [id, transfer] of transfers) {
    if (transfer.kind !== 'donation') continue;
    const isSettled = transfer.state === 'settled';
    const isRefunded = isSettled && hasRefunds && transfers.has(refundIdOf(id));
    bookings.set(id, { transfer, status: isRefunded ? 'refunded' : isSettled ? 'settled' : 'rejected' });
  }
  return bookings;
}

/** True for a donation whose money has moved, whether or not it went back since: what rooms show. */
export function isPaid(bookings: Bookings, donateId: string): boolean {
  const status = bookings.get(donateId)?.status;
  return status === 'settled' || status === 'refunded';
}

/**
 * I5, I6 and, of the history, I8 in the rooms' tables: nothing public of a donation without money, and each with money as the ledger has it.
 * @param deadLettered donations that transfer-money has set aside: they stay pending
 */
export function checkRooms(bookings: Bookings, rooms: RoomsFacts, deadLettered: ReadonlySet<string>): Violations {
  const { donations, donorShares, goalShares, entries, messages } = rooms;
  const missing: string[] = [];
  const otherwise: string[] = [];
  for (const [id, booked] of bookings) {
    const donation = donations.get(id);
    if (!donation) missing.push(id);
    // One that has its money only in the rooms is I5's.
    else if (!isBooked(donation, booked) && !(hasMoney(donation) && !isPaid(bookings, id))) otherwise.push(id);
  }
  const unpaid = (ids: Iterable<string>) => [...ids].filter((id) => !isPaid(bookings, id));
  const settledHere = [...donations].flatMap(([id, donation]) => (hasMoney(donation) ? [id] : []));
  const shown = [...entries].flatMap(([id, { type }]) => (type === 'donate' ? [id] : []));
  const commented = [...messages.values()].flatMap(({ donateId }) => donateId ?? []);
  const unbooked = [...donations].filter(
    ([id, donation]) => !hasMoney(donation) && !bookings.has(id) && !deadLettered.has(id),
  );
  return [
    ...violations('I5', 'settled in the rooms without money', unpaid(settledHere)),
    ...violations('I5', 'in the history without money', unpaid(shown)),
    ...violations('I5', 'commented on without money', unpaid(commented)),
    ...violations('I5', 'counted for a donor without money', unpaid(donorShares.keys())),
    ...violations('I5', 'counted for a goal without money', unpaid(goalShares.keys())),
    ...violations(
      'I1',
      'known to the rooms, and never booked',
      unbooked.map(([id]) => id),
    ),
    ...violations('I8', 'not in the history as it was booked', missingEntries(bookings, rooms)),
    ...violations('I6', 'booked donations that the rooms do not know', missing),
    ...violations('I6', 'donations that are others in the rooms than in the ledger', otherwise),
    ...violations('I6', 'not counted for its donor as it was booked', miscounted(bookings, donorShares)),
    ...violations('I6', 'not counted for the goals as it was booked', miscounted(bookings, goalShares)),
  ];
}

function missingEntries(bookings: Bookings, { entries }: RoomsFacts): string[] {
  return [...bookings].flatMap(([id, { transfer }]) => {
    if (!isPaid(bookings, id)) return [];
    const entry = entries.get(id);
    return entry?.type === 'donate' && entry.room === transfer.to && entry.isPublic && entry.isFaithful ? [] : [id];
  });
}

const hasMoney = ({ status }: DonationFact) => status === 'settled' || status === 'refunded';

function isBooked({ room, donor, sum, currency, status }: DonationFact, booked: Booked): boolean {
  const { to, from, sum: paid, currency: paidIn } = booked.transfer;
  return room === to && donor === from && sum === paid && currency === paidIn && status === booked.status;
}

function miscounted(bookings: Bookings, shares: ReadonlyMap<string, ShareFact>): string[] {
  return [...bookings].flatMap(([id, { transfer, status }]) => {
    if (status === 'rejected') return [];
    const share = shares.get(id);
    const isRight =
      share?.room === transfer.to &&
      share.sum === transfer.sum &&
      (share.donor === null || share.donor === transfer.from) &&
      (share.refundedAt !== null) === (status === 'refunded');
    return isRight ? [] : [id];
  });
}
