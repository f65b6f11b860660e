import { done, type DatabaseListener, type Outcome, skip } from '../../../shared/listener.ts';
import { freeNickname } from '../free-nickname.ts';
import { firstVersion, type MessagesFrom, newProfile, profileUpdated, profileUpdatedId } from '../profile.ts';
import { findStatuses, insertProfile, lockProfiles, saveProfile, stampProfiles } from '../tables/profiles.ts';

/**
 * Makes the profile of a person who has registered, unless they have said something of themselves already, or have
 * deleted themselves; where a block is there before it, the profile is a blocked one.
 */
export function createProfileWith(messagesFrom: MessagesFrom): DatabaseListener<'UserRegistered'> {
  return {
    name: 'CreateProfile',
    group: 'profiles',
    event: 'UserRegistered',
    async applied(tx, events) {
      const people = events.map(({ payload }) => payload.uuid);
      const known = await findStatuses(tx, people);
      return new Set(events.filter(({ payload }) => known.has(payload.uuid)).map(({ id }) => id));
    },
    async handle(events, { tx, emit }) {
      const people = events.map(({ payload }) => payload.uuid);
      const profiles = new Map(await lockProfiles(tx, people));
      const outcomes: Outcome[] = [];
      for (const event of events) {
        const { uuid, nickname } = event.payload;
        const stored = profiles.get(uuid);
        if (stored && stored.version > 0) {
          outcomes.push(skip('has a profile'));
          continue;
        }
        const begun = newProfile(uuid, await freeNickname(tx, nickname, uuid), messagesFrom, stored?.status);
        const profile = firstVersion(begun);
        await (stored ? saveProfile(tx, profile) : insertProfile(tx, profile));
        profiles.set(uuid, profile);
        const updatedAt = await stampProfiles(tx, [uuid]);
        emit(event, 'ProfileUpdated', profileUpdated(profile, updatedAt), { id: profileUpdatedId(profile) });
        outcomes.push(done);
      }
      return outcomes;
    },
  };
}

export const createProfile = createProfileWith('friends');
