import { findInInbox, insertInbox } from '../../../shared/inbox.ts';
import { done, type DatabaseListener } from '../../../shared/listener.ts';
import type { PersonStatus } from '../person.ts';
import { endRelations } from '../tables/pairs.ts';
import { findPeople, saveStatuses } from '../tables/people.ts';

const named = { name: 'MarkPerson', group: 'friends' } as const;

/** Marks somebody as gone, for good, and ends all that they had with anybody. Others hear of it by the same event. */
const forget: DatabaseListener<'UserDeleted'> = {
  ...named,
  event: 'UserDeleted',
  async applied(tx, events) {
    const known = await findPeople(
      tx,
      events.map(({ payload }) => payload.uuid),
    );
    return new Set(events.filter(({ payload }) => known.get(payload.uuid)?.status === 'deleted').map(({ id }) => id));
  },
  async handle(events, { tx, now }) {
    const gone = [...new Set(events.map(({ payload }) => payload.uuid))];
    // First the people: a command that holds one of them ends before their relations do, and none begins behind it.
    await saveStatuses(tx, new Map(gone.map((uuid) => [uuid, 'deleted'])));
    await endRelations(tx, gone, now);
    return events.map(() => done);
  },
};

/** One listener, under each event that it hears. */
export const markPerson = {
  UserDeleted: forget,
  UserBlocked: marking('UserBlocked', 'blocked'),
  UserUnblocked: marking('UserUnblocked', 'active'),
};

/** An operator's block comes and goes and leaves no row of its own: what has been applied stands in the inbox. */
function marking<N extends 'UserBlocked' | 'UserUnblocked'>(event: N, status: PersonStatus): DatabaseListener<N> {
  return {
    ...named,
    event,
    applied: (tx, events) => findInInbox(tx, named.name, events),
    async handle(events, { tx }) {
      await insertInbox(tx, named.name, events);
      await saveStatuses(tx, new Map(events.map(({ payload }) => [payload.uuid, status])));
      return events.map(() => done);
    },
  };
}
