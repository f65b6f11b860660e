import type { Static } from '@sinclair/typebox';
import type { Payload } from '../../shared/events/catalogue.ts';
import type { MessagesFrom as MessagesFromSchema } from '../../shared/events/people.ts';
import { derivedId } from '../../shared/ids.ts';

/** From whom a person takes messages, beside their friends. */
export type MessagesFrom = Static<typeof MessagesFromSchema>;
export type Status = 'active' | 'blocked' | 'deleted';

export interface Profile {
  readonly uuid: string;
  /** null: deleted with its person, or not said yet. */
  readonly nickname: string | null;
  readonly about: string;
  /** The id of a file; null: none. */
  readonly avatar: string | null;
  readonly messagesFrom: MessagesFrom;
  readonly status: Status;
  /** Grows by one with each change of what the profile says; 0: it says nothing yet, stored or not. */
  readonly version: number;
}

/** What somebody wants their profile to say; what is left out stays as it is. */
export type ProfileChange = Partial<Pick<Profile, 'nickname' | 'about' | 'avatar' | 'messagesFrom'>>;

/** A profile before it says anything. @param status as the person is marked already */
export function newProfile(
  uuid: string,
  nickname: string | null,
  messagesFrom: MessagesFrom,
  status: Status = 'active',
): Profile {
  return { uuid, nickname, about: '', avatar: null, messagesFrom, status, version: 0 };
}

/** What is kept of a person who is marked before they have a profile: it is made under this mark. */
export function markedBeforehand(uuid: string, status: Status): Profile {
  return newProfile(uuid, null, 'friends', status);
}

/** A profile as it is stored first. */
export function firstVersion(profile: Profile): Profile {
  return { ...profile, version: 1 };
}

/** The profile after the change; null where it says all that already. One that is not stored yet always changes. */
export function decideChange(profile: Profile, change: ProfileChange): Profile | null {
  const { nickname = profile.nickname, about = profile.about, messagesFrom = profile.messagesFrom } = change;
  const avatar = change.avatar === undefined ? profile.avatar : change.avatar;
  const isSame =
    nickname === profile.nickname &&
    about === profile.about &&
    avatar === profile.avatar &&
    messagesFrom === profile.messagesFrom;
  if (isSame && profile.version > 0) return null;
  return { ...profile, nickname, about, avatar, messagesFrom, version: profile.version + 1 };
}

/** What is left of the profile of a person who has deleted themselves, and what stands where one never was. */
export function decideDeletion(profile: Profile): Profile {
  return { ...profile, nickname: null, about: '', avatar: null, status: 'deleted', version: profile.version + 1 };
}

/** @param updatedAt RFC 3339, as the database stamped it */
export function profileUpdated(profile: Profile, updatedAt: string): Payload<'ProfileUpdated'> {
  const { uuid, nickname, about, avatar, messagesFrom: messages_from, version } = profile;
  return { uuid, nickname, about, avatar, messages_from, version, updated_at: updatedAt };
}

/** The event of one version: the same however often what caused it is handled. */
export function profileUpdatedId({ uuid, version }: Profile): string {
  return derivedId(uuid, `profile:${version}`);
}
