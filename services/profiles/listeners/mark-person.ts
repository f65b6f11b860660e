import { findInInbox, insertInbox } from '../../../shared/inbox.ts';
import { type DatabaseListener, done, type Outcome, skip } from '../../../shared/listener.ts';
import { decideDeletion, profileUpdated, profileUpdatedId, type Status } from '../profile.ts';
import { findStatuses, lockProfiles, saveProfile, setStatus, stampProfiles } from '../tables/profiles.ts';

const named = { name: 'MarkPerson', group: 'profiles' } as const;

/** Empties the profile of a person who has deleted themselves: somebody else may have the nickname from now on. */
const erase: DatabaseListener<'UserDeleted'> = {
  ...named,
  event: 'UserDeleted',
  async applied(tx, events) {
    const statuses = await findStatuses(
      tx,
      events.map(({ payload }) => payload.uuid),
    );
    return new Set(events.filter(({ payload }) => statuses.get(payload.uuid) === 'deleted').map(({ id }) => id));
  },
  async handle(events, { tx, emit }) {
    const profiles = await lockProfiles(
      tx,
      events.map(({ payload }) => payload.uuid),
    );
    const outcomes: Outcome[] = [];
    for (const event of events) {
      const { uuid } = event.payload;
      const profile = profiles.get(uuid);
      if (!profile) {
        outcomes.push(skip('has no profile'));
        continue;
      }
      const empty = decideDeletion(profile);
      await saveProfile(tx, empty);
      emit(event, 'ProfileUpdated', profileUpdated(empty, await stampProfiles(tx, [uuid])), {
        id: profileUpdatedId(empty),
      });
      outcomes.push(done);
    }
    return outcomes;
  },
};

/** A block that comes again after it was lifted must not come true again, and leaves no row that tells of it: an inbox. */
function marks<N extends 'UserBlocked' | 'UserUnblocked'>(event: N, status: Status): DatabaseListener<N> {
  return {
    ...named,
    event,
    applied: (tx, events) => findInInbox(tx, named.name, events),
    async handle(events, { tx }) {
      const people = events.map(({ payload }) => payload.uuid);
      const profiles = await lockProfiles(tx, people);
      await setStatus(tx, people, status);
      await insertInbox(tx, named.name, events);
      return people.map((uuid) => {
        const profile = profiles.get(uuid);
        if (!profile) return skip('has no profile');
        return profile.status === 'deleted' ? skip('is deleted') : done;
      });
    },
  };
}

/** One listener, under each event that it hears. */
export const markPerson = {
  UserDeleted: erase,
  UserBlocked: marks('UserBlocked', 'blocked'),
  UserUnblocked: marks('UserUnblocked', 'active'),
};
