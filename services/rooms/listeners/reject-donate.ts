import { deadLetter, done, type DatabaseListener } from '../../../shared/listener.ts';
import { idsWhere } from '../applied.ts';
import { toDonation } from '../donation.ts';
import { donationStatuses, saveDonations } from '../tables/donations.ts';

/** No money has moved: the donor and the owner may read why, and the room never hears of it. */
export const rejectDonate: DatabaseListener<'DonateRejected'> = {
  name: 'RejectDonate',
  group: 'save',
  event: 'DonateRejected',
  async applied(tx, events) {
    const statuses = await donationStatuses(
      tx,
      events.map((event) => event.payload.donate.donate_id),
    );
    return idsWhere(events, ({ donate }) => (statuses.get(donate.donate_id) ?? 'pending') !== 'pending');
  },
  async handle(events, { tx }) {
    const read = events.map(({ payload: { donate, reason, rejected_at: at } }) =>
      toDonation(donate, { status: 'rejected', reason, at }),
    );
    await saveDonations(
      tx,
      read.flatMap((donation) => donation ?? []),
    );
    return read.map((donation) => (donation ? done : deadLetter('sum is none of its currency')));
  },
};
