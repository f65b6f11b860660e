import { deadLetter, done, type DatabaseListener, skip } from '../../../shared/listener.ts';
import { idsWhere } from '../applied.ts';
import { commentMessage, decideRise, toDonation } from '../donation.ts';
import { donateFrame } from '../frames.ts';
import { forgetHistories } from '../history-cache.ts';
import { ownerSighting, sighting } from '../people.ts';
import { toRoomEvent } from '../room-event.ts';
import { donationStatuses, lockDonations, saveDonations } from '../tables/donations.ts';
import { rememberPeople } from '../tables/people.ts';
import { insertRoomEvents } from '../tables/room-events.ts';

/** The money has moved: the donation enters the room's history, and its comment becomes a message. */
export const settleDonate: DatabaseListener<'ReceiveMoney'> = {
  name: 'SettleDonate',
  group: 'save',
  event: 'ReceiveMoney',
  async applied(tx, events) {
    const statuses = await donationStatuses(
      tx,
      events.map((event) => event.payload.donate.donate_id),
    );
    return idsWhere(events, ({ donate }) => statuses.get(donate.donate_id) === 'settled');
  },
  async handle(events, { tx, emit }) {
    const donations = events.map(({ payload: { donate, settled_at: at } }) =>
      toDonation(donate, { status: 'settled', at }),
    );
    const statuses = await lockDonations(
      tx,
      donations.flatMap((donation) => donation ?? []),
    );
    const read = events.map((event, at) => {
      const donation = donations[at];
      if (!donation) return { event, outcome: deadLetter('sum is none of its currency') };
      const status = statuses.get(donation.id) ?? null;
      return decideRise(status, 'settled')
        ? { event, donation, outcome: done }
        : { event, outcome: skip(`${status} before`) };
    });
    const settled = read.flatMap(({ event, donation }) => (donation ? [{ event, donation }] : []));
    await saveDonations(
      tx,
      settled.map(({ donation }) => donation),
    );
    await insertRoomEvents(
      tx,
      settled.map(({ event, donation }) => toRoomEvent(donateFrame(event.payload), donation.ownerId)),
    );
    await rememberPeople(
      tx,
      settled.flatMap(({ event: { payload }, donation }) => [
        sighting(payload.donate.from, payload.donate.created_at),
        ownerSighting(donation.ownerId, payload.settled_at),
      ]),
    );
    for (const { event } of settled) {
      const comment = commentMessage(event.payload);
      if (comment) emit(event, 'AddNewMessage', comment, { id: comment.message_id });
    }
    return read.map(({ outcome }) => outcome);
  },
  async after(events, io) {
    await forgetHistories(
      io,
      events.map((event) => event.payload.donate.owner_id),
    );
  },
};
