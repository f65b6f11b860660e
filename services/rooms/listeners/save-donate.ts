import { deadLetter, done, type DatabaseListener } from '../../../shared/listener.ts';
import { idsWhere } from '../applied.ts';
import { toDonation } from '../donation.ts';
import { ownerSighting, sighting } from '../people.ts';
import { donationStatuses, saveDonations } from '../tables/donations.ts';
import { rememberPeople } from '../tables/people.ts';

/** Keeps a donation as pending, for its donor and the owner to follow. Nothing public comes of it before its money. */
export const saveDonate: DatabaseListener<'AddNewDonate'> = {
  name: 'SaveDonate',
  group: 'save',
  event: 'AddNewDonate',
  async applied(tx, events) {
    const known = await donationStatuses(
      tx,
      events.map((event) => event.payload.donate_id),
    );
    return idsWhere(events, (payload) => known.has(payload.donate_id));
  },
  async handle(events, { tx }) {
    const read = events.map(({ payload }) => ({
      payload,
      donation: toDonation(payload, { status: 'pending', at: payload.created_at }),
    }));
    const good = read.filter(({ donation }) => donation !== null);
    await saveDonations(
      tx,
      good.flatMap(({ donation }) => donation ?? []),
    );
    await rememberPeople(
      tx,
      good.flatMap(({ payload: { from, owner_id, owner_vouched, created_at: at } }) => [
        sighting(from, at),
        ...(owner_vouched ? [ownerSighting(owner_id, at)] : []),
      ]),
    );
    return read.map(({ donation }) => (donation ? done : deadLetter('sum is none of its currency')));
  },
};
