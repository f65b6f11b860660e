import { done, type DatabaseListener } from '../../../shared/listener.ts';
import { findPeople, insertPeople } from '../tables/people.ts';

/** Gives a new person a row under their nickname. Whoever has one by now keeps it: it may be newer. */
export const openFriendList: DatabaseListener<'UserRegistered'> = {
  name: 'OpenFriendList',
  group: 'friends',
  event: 'UserRegistered',
  async applied(tx, events) {
    const known = await findPeople(
      tx,
      events.map(({ payload }) => payload.uuid),
    );
    return new Set(events.filter(({ payload }) => known.has(payload.uuid)).map(({ id }) => id));
  },
  async handle(events, { tx }) {
    await insertPeople(
      tx,
      events.map(({ payload: { uuid, nickname } }) => ({ uuid, name: nickname })),
    );
    return events.map(() => done);
  },
};
