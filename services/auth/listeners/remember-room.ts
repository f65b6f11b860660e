import { done, type DatabaseListener } from '../../../shared/listener.ts';
import { findTypes, makeUsers } from '../tables/accounts.ts';

/**
 * Whoever owns a room is a user: their tokens say so from the next refresh. Owners of the site's have no account here,
 * and nothing is to be done for them.
 */
export const rememberRoom: DatabaseListener<'AddNewRoom'> = {
  name: 'RememberRoom',
  group: 'auth',
  event: 'AddNewRoom',

  async applied(tx, events) {
    const types = await findTypes(
      tx,
      events.map(({ payload }) => payload.owner.uuid),
    );
    const isUser = ({ payload }: (typeof events)[number]) => types.get(payload.owner.uuid) === 'user';
    return new Set(events.filter(isUser).map(({ id }) => id));
  },

  async handle(events, { tx }) {
    const owners = [...new Set(events.map(({ payload }) => payload.owner.uuid))];
    const types = await findTypes(tx, owners);
    await makeUsers(
      tx,
      owners.filter((owner) => types.has(owner)),
    );
    return events.map(() => done);
  },
};
