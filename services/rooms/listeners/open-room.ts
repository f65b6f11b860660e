import type { Payload } from '../../../shared/events/catalogue.ts';
import { done, type DatabaseListener } from '../../../shared/listener.ts';
import { idsWhere } from '../applied.ts';
import { isKnown, type Sighting } from '../people.ts';
import { findPeople, rememberPeople } from '../tables/people.ts';

/** Makes the owner a user: from now on the room exists. Of two names the newer stays. */
export const openRoom: DatabaseListener<'AddNewRoom'> = {
  name: 'OpenRoom',
  group: 'save',
  event: 'AddNewRoom',
  async applied(tx, events) {
    const owners = events.map((event) => event.payload.owner.uuid);
    const known = await findPeople(tx, 'user', owners);
    return idsWhere(events, (payload) => isKnown(known.get(payload.owner.uuid), ownerOf(payload)));
  },
  async handle(events, { tx }) {
    await rememberPeople(
      tx,
      events.map((event) => ownerOf(event.payload)),
    );
    return events.map(() => done);
  },
};

function ownerOf({ owner, name, created_at }: Payload<'AddNewRoom'>): Sighting {
  return { uuid: owner.uuid, type: 'user', name: name ?? owner.name, at: created_at };
}
