import { Type } from '@sinclair/typebox';
import { Amount, Currency, Person, Timestamp, Uuid, Version } from '../schema.ts';
import { defineEvent } from './define.ts';

/** What was written beside a donation. */
export const Comment = Type.Object({ message: Type.String(), is_public: Type.Boolean() });

/** A donation, whole: everything that follows from one carries it, so that no listener needs another's table. */
export const Donation = Type.Object({
  donate_id: Uuid,
  owner_id: Uuid,
  from: Person,
  sum: Amount,
  currency: Currency,
  message: Type.Optional(Comment),
  created_at: Timestamp,
});

const Goal = Type.Object({
  goal_id: Uuid,
  owner_id: Uuid,
  name: Type.String(),
  sum: Amount,
  require_sum: Amount,
  currency: Currency,
  version: Version,
  created_at: Timestamp,
});

export const AddNewRoom = defineEvent({
  name: 'AddNewRoom',
  topic: 'rooms',
  description: 'A room is opened by its owner, or is met again; the owner is a user from now on.',
  schema: Type.Object({ owner: Person, name: Type.Optional(Type.String()), created_at: Timestamp }),
  key: (payload) => payload.owner.uuid,
});

export const AddNewConnection = defineEvent({
  name: 'AddNewConnection',
  topic: 'rooms',
  description: 'A person says that a WebSocket connection, which the gateway confirms, is theirs.',
  schema: Type.Object({ connection_id: Uuid, person: Person, created_at: Timestamp }),
  key: (payload) => payload.connection_id,
});

export const ConnectionClosed = defineEvent({
  name: 'ConnectionClosed',
  topic: 'rooms',
  description: 'A WebSocket connection has ended.',
  schema: Type.Object({ connection_id: Uuid, created_at: Timestamp }),
  key: (payload) => payload.connection_id,
});

export const AddNewMessage = defineEvent({
  name: 'AddNewMessage',
  topic: 'rooms',
  description: 'Somebody writes in a room, in public or in private; also the comment of a settled donation.',
  schema: Type.Object({
    message_id: Uuid,
    owner_id: Uuid,
    from: Person,
    value: Type.String(),
    is_public: Type.Boolean(),
    to: Type.Optional(Uuid),
    donate_id: Type.Optional(Uuid),
    connection_id: Type.Optional(Uuid),
    created_at: Timestamp,
  }),
  key: (payload) => payload.owner_id,
});

export const AddNewDonate = defineEvent({
  name: 'AddNewDonate',
  topic: 'donations',
  description: 'Somebody wants to donate; nothing is shown before the money has moved.',
  schema: Type.Object({
    ...Donation.properties,
    owner_vouched: Type.Boolean({
      description: "A token or the rooms' own word says that the owner exists.",
    }),
  }),
  key: (payload) => payload.owner_id,
});

export const AddNewGoal = defineEvent({
  name: 'AddNewGoal',
  topic: 'donations',
  description: 'A streamer sets a goal; it fills once the goals before it have ended.',
  schema: Type.Object({
    goal_id: Uuid,
    owner: Person,
    name: Type.String(),
    require_sum: Amount,
    currency: Currency,
    created_at: Timestamp,
  }),
  key: (payload) => payload.owner.uuid,
});

export const GoalUpdated = defineEvent({
  name: 'GoalUpdated',
  topic: 'donations',
  description: 'A goal was set, or a donation has moved it.',
  schema: Goal,
  key: (payload) => payload.owner_id,
});

export const EndGoal = defineEvent({
  name: 'EndGoal',
  topic: 'donations',
  description: 'A goal is reached; once a goal.',
  schema: Type.Object({ ...Goal.properties, ended_by: Uuid }),
  key: (payload) => payload.owner_id,
});

export const NewSponsor = defineEvent({
  name: 'NewSponsor',
  topic: 'donations',
  description: 'The top donor of a room is another one than before.',
  schema: Type.Object({
    owner_id: Uuid,
    sponsor: Type.Union([Type.Object({ uuid: Uuid, name: Type.String() }), Type.Null()]),
    total: Amount,
    currency: Currency,
    version: Version,
    created_at: Timestamp,
  }),
  key: (payload) => payload.owner_id,
});
