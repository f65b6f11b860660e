import { parseAmount } from '../../../shared/amount.ts';
import { deadLetter, done, type DatabaseListener } from '../../../shared/listener.ts';
import { idsWhere } from '../applied.ts';
import { sponsorFrame } from '../frames.ts';
import { forgetHistories } from '../history-cache.ts';
import { toRoomEvent } from '../room-event.ts';
import { insertRoomEvents } from '../tables/room-events.ts';
import { insertSponsors, toldKey, toldSponsors } from '../tables/sponsors.ts';

/** Keeps who has been whose sponsor, a row a change, and puts the change into the room's history. */
export const saveNewSponsor: DatabaseListener<'NewSponsor'> = {
  name: 'SaveNewSponsor',
  group: 'save',
  event: 'NewSponsor',
  async applied(tx, events) {
    const told = await toldSponsors(
      tx,
      events.map(({ payload }) => ({ ownerId: payload.owner_id, version: payload.version })),
    );
    return idsWhere(events, (payload) => told.has(toldKey(payload.owner_id, payload.version)));
  },
  async handle(events, { tx }) {
    const read = events.map((event) => ({ event, total: parseAmount(event.payload.total, event.payload.currency) }));
    const good = read.flatMap(({ event, total }) => (total === null ? [] : [{ event, total }]));
    await insertSponsors(
      tx,
      good.map(({ event: { payload }, total }) => ({
        ownerId: payload.owner_id,
        version: payload.version,
        clientId: payload.sponsor?.uuid ?? null,
        total,
        currency: payload.currency,
        at: payload.created_at,
      })),
    );
    await insertRoomEvents(
      tx,
      good.map(({ event }) => toRoomEvent(sponsorFrame(event), event.payload.owner_id)),
    );
    return read.map(({ total }) => (total === null ? deadLetter('total is none of its currency') : done));
  },
  async after(events, io) {
    await forgetHistories(
      io,
      events.map((event) => event.payload.owner_id),
    );
  },
};
