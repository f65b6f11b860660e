import { done, type DatabaseListener } from '../../../shared/listener.ts';
import { freeNickname } from '../free-nickname.ts';
import { firstVersion, type MessagesFrom, newProfile, profileUpdated, profileUpdatedId } from '../profile.ts';
import { findStatuses, insertProfile, stampProfiles } from '../tables/profiles.ts';

/** Makes the profile of a person who has registered, unless they have said something of themselves already. */
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
      for (const event of events) {
        const { uuid, nickname } = event.payload;
        const profile = firstVersion(newProfile(uuid, await freeNickname(tx, nickname, uuid), messagesFrom));
        await insertProfile(tx, profile);
        const updatedAt = await stampProfiles(tx, [uuid]);
        emit(event, 'ProfileUpdated', profileUpdated(profile, updatedAt), { id: profileUpdatedId(profile) });
      }
      return events.map(() => done);
    },
  };
}

export const createProfile = createProfileWith('friends');
