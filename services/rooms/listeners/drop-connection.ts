import { done, type DatabaseListener } from '../../../shared/listener.ts';
import { idsWhere } from '../applied.ts';
import { closeConnections, knownConnections } from '../tables/connections.ts';

/** Marks a connection as ended, also where its registration has not arrived yet. */
export const dropConnection: DatabaseListener<'ConnectionClosed'> = {
  name: 'DropConnection',
  group: 'save',
  event: 'ConnectionClosed',
  async applied(tx, events) {
    const ids = events.map((event) => event.payload.connection_id);
    const closed = await knownConnections(tx, ids, { closed: true });
    return idsWhere(events, (payload) => closed.has(payload.connection_id));
  },
  async handle(events, { tx }) {
    const closures = events.map(({ payload }) => ({ connectionId: payload.connection_id, at: payload.created_at }));
    await closeConnections(tx, closures);
    return events.map(() => done);
  },
};
