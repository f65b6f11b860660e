import { Type } from '@sinclair/typebox';
import { Timestamp, Uuid, Version } from '../schema.ts';
import { defineEvent } from './define.ts';

/** Of two people; `version` grows with each change between these two. */
const Between = Type.Object({
  by: Type.Object({ uuid: Uuid, name: Type.String() }, { description: 'Who did it.' }),
  other: Type.Object({ uuid: Uuid, name: Type.String() }),
  version: Version,
  created_at: Timestamp,
});

/** The same for both orders of two people: what happens between them keeps its order. */
export function pairKey(one: string, other: string): string {
  return one < other ? `${one}:${other}` : `${other}:${one}`;
}

const betweenTwo = <const N extends string>(name: N, description: string) =>
  defineEvent({
    name,
    topic: 'friendships',
    description,
    schema: Between,
    key: ({ by, other }) => pairKey(by.uuid, other.uuid),
  });

export const FriendRequestSent = betweenTwo('FriendRequestSent', 'Somebody asks another person to be friends.');
export const FriendAccepted = betweenTwo('FriendAccepted', 'Two people are friends: the one who was asked has agreed.');
export const FriendDeclined = betweenTwo('FriendDeclined', 'A request is over: declined, or taken back by its sender.');
export const FriendRemoved = betweenTwo('FriendRemoved', 'Two people are no longer friends.');
export const PersonBlocked = betweenTwo('PersonBlocked', 'Somebody wants to hear nothing more from another person.');
export const PersonUnblocked = betweenTwo('PersonUnblocked', 'Somebody lifts their own block of another person.');
