import { Type } from '@sinclair/typebox';
import { Timestamp, Uuid, Version } from '../schema.ts';
import { defineEvent } from './define.ts';

/** A nickname as a person chose it; of two that differ in case only there is one. */
export const Nickname = Type.String({ minLength: 1, maxLength: 32 });

const Happened = Type.Object({ uuid: Uuid, created_at: Timestamp });

/** What is said of a person by whoever only wants to know that it happened. */
const aboutPerson = <const N extends string>(name: N, description: string) =>
  defineEvent({ name, topic: 'people', description, schema: Happened, key: (payload) => payload.uuid });

export const UserRegistered = defineEvent({
  name: 'UserRegistered',
  topic: 'people',
  description: 'Somebody has an account from now on. How they log in is known to the auth context alone.',
  schema: Type.Object({ uuid: Uuid, nickname: Nickname, created_at: Timestamp }),
  key: (payload) => payload.uuid,
});

export const UserLoggedIn = defineEvent({
  name: 'UserLoggedIn',
  topic: 'people',
  description: 'A person has shown who they are, and has a session from now on.',
  schema: Type.Object({
    uuid: Uuid,
    session: Uuid,
    by: Type.String({ description: '"password", or "oauth:" and the provider.' }),
    created_at: Timestamp,
  }),
  key: (payload) => payload.uuid,
});

export const UserDeleted = aboutPerson('UserDeleted', 'A person has deleted their account, for good.');
export const UserBlocked = aboutPerson('UserBlocked', 'An operator has blocked a person.');
export const UserUnblocked = aboutPerson('UserUnblocked', 'An operator has lifted the block of a person.');

export const MessagesFrom = Type.Union([Type.Literal('everyone'), Type.Literal('friends')]);

export const ProfileUpdated = defineEvent({
  name: 'ProfileUpdated',
  topic: 'people',
  description: 'A profile is as it says now, as a whole. Also the first word on a profile that was made.',
  schema: Type.Object({
    uuid: Uuid,
    nickname: Type.Union([Nickname, Type.Null()], { description: 'null: deleted with its person.' }),
    about: Type.String(),
    avatar: Type.Union([Uuid, Type.Null()], { description: 'The id of a file.' }),
    messages_from: MessagesFrom,
    version: Version,
    updated_at: Timestamp,
  }),
  key: (payload) => payload.uuid,
});
