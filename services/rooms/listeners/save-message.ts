import { done, type DatabaseListener } from '../../../shared/listener.ts';
import { idsWhere } from '../applied.ts';
import { messageFrame } from '../frames.ts';
import { forgetHistories } from '../history-cache.ts';
import { ownerSighting, sighting } from '../people.ts';
import { toRoomEvent } from '../room-event.ts';
import { insertMessages, savedMessages } from '../tables/messages.ts';
import { rememberPeople } from '../tables/people.ts';
import { insertRoomEvents } from '../tables/room-events.ts';

/** Keeps a message and its place in the room; its sender and the room's owner are known from now on. */
export const saveMessage: DatabaseListener<'AddNewMessage'> = {
  name: 'SaveMessage',
  group: 'save',
  event: 'AddNewMessage',
  async applied(tx, events) {
    const saved = await savedMessages(
      tx,
      events.map((event) => event.payload.message_id),
    );
    return idsWhere(events, (payload) => saved.has(payload.message_id));
  },
  async handle(events, { tx }) {
    const messages = events.map((event) => event.payload);
    await insertMessages(tx, messages);
    await insertRoomEvents(
      tx,
      messages.map((message) => toRoomEvent(messageFrame(message), message.owner_id)),
    );
    await rememberPeople(
      tx,
      messages.flatMap(({ from, owner_id, created_at: at }) => [sighting(from, at), ownerSighting(owner_id, at)]),
    );
    return events.map(() => done);
  },
  async after(events, io) {
    await forgetHistories(
      io,
      events.map((event) => event.payload.owner_id),
    );
  },
};
