import type { Transaction } from '../../../shared/database.ts';
import { findInInbox, insertInbox } from '../../../shared/inbox.ts';
import { type DatabaseListener, done, type Outcome, skip } from '../../../shared/listener.ts';
import { decideDeletion, markedBeforehand, type Profile, profileUpdated, profileUpdatedId } from '../profile.ts';
import {
  findStatuses,
  insertProfile,
  lockProfiles,
  saveProfile,
  setStatus,
  stampProfiles,
} from '../tables/profiles.ts';

const named = { name: 'MarkPerson', group: 'profiles' } as const;

/**
 * Empties the profile of a person who has deleted themselves: somebody else may have the nickname from now on. Where there
 * is none, since the person's registration has not been handled, an empty one is made, which keeps it from being handled.
 */
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
    const people = events.map(({ payload }) => payload.uuid);
    const profiles = new Map(await lockProfiles(tx, people));
    const outcomes: Outcome[] = [];
    for (const event of events) {
      const { uuid } = event.payload;
      const stored = profiles.get(uuid);
      if (stored?.status === 'deleted') {
        outcomes.push(skip('is deleted'));
        continue;
      }
      const empty = decideDeletion(stored ?? markedBeforehand(uuid, 'deleted'));
      await (stored ? saveProfile(tx, empty) : insertProfile(tx, empty));
      profiles.set(uuid, empty);
      emit(event, 'ProfileUpdated', profileUpdated(empty, await stampProfiles(tx, [uuid])), {
        id: profileUpdatedId(empty),
      });
      outcomes.push(done);
    }
    return outcomes;
  },
};

/** A block that comes again after it was lifted must not come true again, and leaves no row that tells of it: an inbox. */
const block: DatabaseListener<'UserBlocked'> = {
  ...named,
  event: 'UserBlocked',
  applied: (tx, events) => findInInbox(tx, named.name, events),
  async handle(events, { tx }) {
    const people = events.map(({ payload }) => payload.uuid);
    const profiles = await lockProfiles(tx, people);
    await setStatus(tx, people, 'blocked');
    await markBeforehand(tx, people, profiles);
    await insertInbox(tx, named.name, events);
    return people.map((uuid) => (profiles.get(uuid)?.status === 'deleted' ? skip('is deleted') : done));
  },
};

/** Where a registration has not been handled yet, its profile is to be a blocked one. */
async function markBeforehand(
  tx: Transaction,
  people: readonly string[],
  profiles: ReadonlyMap<string, Profile>,
): Promise<void> {
  for (const uuid of new Set(people)) {
    if (!profiles.has(uuid)) await insertProfile(tx, markedBeforehand(uuid, 'blocked'));
  }
}

const unblock: DatabaseListener<'UserUnblocked'> = {
  ...named,
  event: 'UserUnblocked',
  applied: (tx, events) => findInInbox(tx, named.name, events),
  async handle(events, { tx }) {
    const people = events.map(({ payload }) => payload.uuid);
    const profiles = await lockProfiles(tx, people);
    await setStatus(tx, people, 'active');
    await insertInbox(tx, named.name, events);
    return people.map((uuid) => {
      const profile = profiles.get(uuid);
      if (!profile) return skip('has no profile');
      return profile.status === 'deleted' ? skip('is deleted') : done;
    });
  },
};

/** One listener, under each event that it hears. */
export const markPerson = { UserDeleted: erase, UserBlocked: block, UserUnblocked: unblock };
