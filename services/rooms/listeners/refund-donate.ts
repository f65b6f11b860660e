import { deadLetter, done, type DatabaseListener } from '../../../shared/listener.ts';
import { idsWhere } from '../applied.ts';
import { decideRise, toDonation } from '../donation.ts';
import { forgetHistories } from '../history-cache.ts';
import { ownerSighting, sighting } from '../people.ts';
import { donationStatuses, lockDonations, saveDonations } from '../tables/donations.ts';
import { rememberPeople } from '../tables/people.ts';
import { markRefunded } from '../tables/room-events.ts';

/** The money has gone back: the donation says so, and so does what the history shows of it. Its comment stays. */
export const refundDonate: DatabaseListener<'MoneyRefunded'> = {
  name: 'RefundDonate',
  group: 'save',
  event: 'MoneyRefunded',
  async applied(tx, events) {
    const statuses = await donationStatuses(
      tx,
      events.map((event) => event.payload.donate.donate_id),
    );
    return idsWhere(events, ({ donate }) => statuses.get(donate.donate_id) === 'refunded');
  },
  async handle(events, { tx }) {
    const read = events.map(({ payload: { donate, refunded_at: at } }) => ({
      donate,
      donation: toDonation(donate, { status: 'refunded', at }),
    }));
    const donations = read.flatMap(({ donation }) => donation ?? []);
    const statuses = await lockDonations(tx, donations);
    const refunded = donations.filter(({ id }) => decideRise(statuses.get(id) ?? null, 'refunded'));
    await saveDonations(tx, refunded);
    await markRefunded(
      tx,
      refunded.map(({ id }) => id),
    );
    await rememberPeople(
      tx,
      read.flatMap(({ donate, donation }) =>
        donation ? [sighting(donate.from, donate.created_at), ownerSighting(donation.ownerId, donation.updatedAt)] : [],
      ),
    );
    return read.map(({ donation }) => (donation ? done : deadLetter('sum is none of its currency')));
  },
  async after(events, io) {
    await forgetHistories(
      io,
      events.map((event) => event.payload.donate.owner_id),
    );
  },
};
