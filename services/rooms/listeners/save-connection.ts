import { done, type DatabaseListener } from '../../../shared/listener.ts';
import { idsWhere } from '../applied.ts';
import { sighting } from '../people.ts';
import { insertConnections, knownConnections } from '../tables/connections.ts';
import { rememberPeople } from '../tables/people.ts';

/** Keeps whose a connection is. The row authorizes nothing: gateways deliver by the subject that a token proved. */
export const saveConnection: DatabaseListener<'AddNewConnection'> = {
  name: 'SaveConnection',
  group: 'save',
  event: 'AddNewConnection',
  async applied(tx, events) {
    const ids = events.map((event) => event.payload.connection_id);
    const known = await knownConnections(tx, ids, { closed: false });
    return idsWhere(events, (payload) => known.has(payload.connection_id));
  },
  async handle(events, { tx }) {
    const registrations = events.map(({ payload: { connection_id, person, created_at } }) => ({
      connectionId: connection_id,
      person,
      at: created_at,
    }));
    await insertConnections(tx, registrations);
    await rememberPeople(
      tx,
      registrations.map(({ person, at }) => sighting(person, at)),
    );
    return events.map(() => done);
  },
};
