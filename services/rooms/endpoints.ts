import { Type } from '@sinclair/typebox';
import { badParams, type Caller, forbidden, notFound, publishes } from '../../shared/endpoint.ts';
import { closed, type Person, Uuid } from '../../shared/schema.ts';
import {
  Flag,
  MAXIMUM_MESSAGE_CHARACTERS,
  MAXIMUM_NAME_CHARACTERS,
  MessageText,
  NameText,
  OwnerId,
  readFlag,
  readRequireSum,
  readSum,
  readText,
  Sum,
} from './input.ts';
import type { RoomsPorts } from './ports.ts';
import { enterRoom, namedRoom, ownRoom, whichRoom } from './which-room.ts';

export type { RoomsPorts } from './ports.ts';
export { getDonate, getGoal, getHistory, getLeaderboard, getRoomEvents, getSponsor, getViewers } from './reads.ts';

const ROOM_REFUSALS = {
  403: 'forbidden: owner_id contradicts the token',
  404: 'not found: there is no such room',
};

const MessageBody = closed({
  message: MessageText,
  is_public: Flag,
  owner_id: OwnerId,
  to: Type.Optional(
    Type.String({ pattern: Uuid.pattern, description: "A client: the owner's private answer to them." }),
  ),
});

/** POST /chat/message/add: to everybody in the room, or between its sender and the owner. */
export const addMessage = publishes<RoomsPorts, typeof MessageBody>({
  operation: 'message.add',
  summary: 'Writes in a room, in public or in private.',
  limit: 'messages',
  body: MessageBody,
  refusals: ROOM_REFUSALS,
  async prepare({ id, caller, body, now }, ports) {
    const value = readText('/message', body.message, MAXIMUM_MESSAGE_CHARACTERS);
    const isPublic = readFlag(body.is_public);
    const ownerId = await whichRoom(caller, body.owner_id, ports);
    if (body.to !== undefined && ownerId !== caller.subject) throw forbidden();
    if (body.to !== undefined && isPublic) throw badParams('/to', 'needs is_public to be false');
    const payload = {
      message_id: id,
      owner_id: ownerId,
      from: personOf(caller),
      value,
      is_public: isPublic,
      ...(body.to !== undefined && { to: body.to }),
      created_at: now.toISOString(),
    };
    return { name: 'AddNewMessage', payload };
  },
});

const CommentBody = closed(
  { message: MessageText, is_public: Flag },
  { description: 'A comment; an empty text is none.' },
);
const DonateBody = closed({
  sum: Sum,
  message: Type.Optional(CommentBody),
  messgae: Type.Optional(CommentBody),
  owner_id: OwnerId,
});

/** POST /chat/donate/add: nothing is shown of it before its money has moved. */
export const addDonate = publishes<RoomsPorts, typeof DonateBody>({
  operation: 'donation.add',
  summary: 'Donates to the owner of a room: above 0, at most 1,000,000. `messgae` is another spelling of `message`.',
  limit: 'donations',
  body: DonateBody,
  refusals: ROOM_REFUSALS,
  async prepare({ id, caller, body, now }, ports) {
    const sum = readSum(body.sum, ports.currency);
    const comment = readComment(body);
    const room = namedRoom(caller, body.owner_id);
    if (room.ownerId === caller.subject) throw badParams('/owner_id', "must not be the donor's own");
    const payload = {
      donate_id: id,
      owner_id: await enterRoom(room, ports),
      from: personOf(caller),
      sum,
      currency: ports.currency,
      ...(comment && { message: comment }),
      created_at: now.toISOString(),
      // Nobody comes here with a room that neither a token nor the rooms have named.
      owner_vouched: true,
    };
    return { name: 'AddNewDonate', payload };
  },
});

type CommentInput = { readonly message: string; readonly is_public: boolean | 'true' | 'false' };

/** @throws Refusal 400 where both spellings are there, or the text is too long */
function readComment(body: { readonly message?: CommentInput; readonly messgae?: CommentInput }) {
  if (body.message && body.messgae) throw badParams('/messgae', 'is given beside message');
  const [spelling, comment] = body.messgae ? ['messgae', body.messgae] : ['message', body.message];
  if (!comment || comment.message.trim() === '') return null;
  const message = readText(`/${spelling}/message`, comment.message, MAXIMUM_MESSAGE_CHARACTERS);
  return { message, is_public: readFlag(comment.is_public) };
}

const ConnectionBody = closed({ connection_id: Uuid });

/** POST /chat/connection/add: the caller's own connection, as its gateway knows it. */
export const addConnection = publishes<RoomsPorts, typeof ConnectionBody>({
  operation: 'connection.add',
  summary: "Registers a WebSocket connection as the caller's.",
  body: ConnectionBody,
  refusals: { 403: "forbidden: somebody else's connection", 404: 'not found: no such connection lives' },
  async prepare({ caller, body, now }, ports) {
    const subject = await ports.subjectOfConnection(body.connection_id);
    if (subject === null) throw notFound();
    if (subject !== caller.subject) throw forbidden();
    const payload = {
      connection_id: body.connection_id,
      person: personOf(caller),
      created_at: now.toISOString(),
    };
    return { name: 'AddNewConnection', payload };
  },
});

const GoalBody = closed({ name: NameText, require_sum: Sum });

/** POST /chat/goal/add: behind the goals that are open. */
export const addGoal = publishes<RoomsPorts, typeof GoalBody>({
  operation: 'goal.add',
  summary: "Sets a goal of the caller's room: above 0, at most 1,000,000,000. Goals fill one after the other.",
  body: GoalBody,
  refusals: { 403: 'forbidden: for the owner of the room only' },
  async prepare({ id, caller, body, now }, { currency }) {
    ownRoom(caller);
    const payload = {
      goal_id: id,
      owner: personOf(caller),
      name: readText('/name', body.name, MAXIMUM_NAME_CHARACTERS),
      require_sum: readRequireSum(body.require_sum, currency),
      currency,
      created_at: now.toISOString(),
    };
    return { name: 'AddNewGoal', payload };
  },
});

const RoomBody = closed({ name: NameText });

/** POST /room: makes the caller a user. */
export const openRoom = publishes<RoomsPorts, typeof RoomBody>({
  operation: 'room.add',
  summary:
    "Opens the caller's own room under a name, or renames it. The room's id is the caller's uuid; the answer's `id` is " +
    "the event's. Tokens of this product say `type: user` from a refresh a moment later on.",
  body: RoomBody,
  async prepare({ caller, body, now }) {
    const owner: Person = { ...personOf(caller), type: 'user' };
    const name = readText('/name', body.name, MAXIMUM_NAME_CHARACTERS);
    return { name: 'AddNewRoom', payload: { owner, name, created_at: now.toISOString() } };
  },
});

function personOf({ subject, type, name }: Caller): Person {
  return { uuid: subject, type, name };
}
