import { Type } from '@sinclair/typebox';
import { asks } from '../../shared/endpoint.ts';
import { Amount, closed, Currency, PageLimit, Timestamp, Uuid, Version } from '../../shared/schema.ts';
import { OwnerId } from './input.ts';
import type { RoomsPorts } from './ports.ts';
import { ownRoom, whichRoom } from './which-room.ts';

/** The room's endpoints that read; what publishes stands in endpoints.ts. */
const Success = Type.Literal(true);
const RoomQuery = closed({ owner_id: OwnerId });
const Limit = Type.Optional(PageLimit);
const DEFAULT_LIMIT = '50';
const ROOM_REFUSALS = {
  403: 'forbidden: owner_id contradicts the token',
  404: 'not found: there is no such room',
};
const EventView = Type.Object({
  ...{ type: Type.String(), id: Uuid, topic: Type.String(), created_at: Timestamp },
  refunded: Type.Optional(Type.Literal(true, { description: 'Of a `donate` whose money has gone back since.' })),
});

/** GET /chat/event/history: what the room shows to somebody who has just come. */
export const getHistory = asks<RoomsPorts, undefined, typeof RoomQuery>({
  operation: 'history.get',
  summary:
    'The last 10 minutes of a room, at most 20 events, newest first: message, donate and change_sponsor, with the ' +
    'fields and ids of their frames but no `seq`. A viewer sees what is public and what is private to them, the ' +
    "room's owner everything.",
  query: RoomQuery,
  answer: Type.Object({ success: Success, events: Type.Array(EventView) }),
  refusals: ROOM_REFUSALS,
  async ask({ caller, query }, ports) {
    const owner_id = await whichRoom(caller, query.owner_id, ports);
    const { events } = await ports.rooms.history({ owner_id, subject: caller.subject });
    return { body: { success: true, events: events.map(parseEvent) } };
  },
});

const DonateParams = closed({ id: Uuid });

/** GET /chat/donate/:id: how a donation went. */
export const getDonate = asks<RoomsPorts, undefined, undefined, typeof DonateParams>({
  operation: 'donation.get',
  summary:
    'How a donation stands, for its donor and the owner: pending, settled, refunded, or rejected with the reason.',
  params: DonateParams,
  answer: Type.Object({
    success: Success,
    donate_id: Uuid,
    owner_id: Uuid,
    from_uuid: Uuid,
    status: Type.String(),
    reason: Type.Optional(Type.String()),
    sum: Amount,
    currency: Currency,
    message_id: Type.Optional(Uuid),
    created_at: Timestamp,
    updated_at: Timestamp,
  }),
  refusals: { 404: 'not found: none, none of yours, or not saved yet' },
  async ask({ caller, params }, { rooms }) {
    const { donate_id, owner_id, from_uuid, status, reason, sum, currency, message_id, created_at, updated_at } =
      await rooms.donation({ donate_id: params.id, subject: caller.subject });
    const known = { donate_id, owner_id, from_uuid, status, ...(reason && { reason }), sum, currency };
    return { body: { success: true, ...known, ...(message_id && { message_id }), created_at, updated_at } };
  },
});

const GoalSchema = Type.Object({
  goal_id: Uuid,
  name: Type.String(),
  sum: Amount,
  require_sum: Amount,
  currency: Currency,
  version: Version,
  created_at: Timestamp,
});

/** GET /chat/goal: the goal that is filling and the one reached last. */
export const getGoal = asks<RoomsPorts, undefined, typeof RoomQuery>({
  operation: 'goal.get',
  summary: 'The goal that a room is filling and the one that it reached last; of two versions the higher is newer.',
  query: RoomQuery,
  answer: Type.Object({
    success: Success,
    goal: Type.Union([GoalSchema, Type.Null()]),
    ended: Type.Union([GoalSchema, Type.Null()]),
    version: Version,
  }),
  refusals: ROOM_REFUSALS,
  async ask({ caller, query }, ports) {
    const owner_id = await whichRoom(caller, query.owner_id, ports);
    const { goal, ended, version } = await ports.rooms.goal({ owner_id });
    return { body: { success: true, goal, ended, version } };
  },
});

/** GET /chat/sponsor: who has given most. */
export const getSponsor = asks<RoomsPorts, undefined, typeof RoomQuery>({
  operation: 'sponsor.get',
  summary:
    'Who holds the title of top donor of a room, with their total as of now (a `change_sponsor` frame has that at the ' +
    'change); of two versions the higher is newer.',
  query: RoomQuery,
  answer: Type.Object({
    success: Success,
    sponsor: Type.Union([Type.Object({ uuid: Uuid, name: Type.String() }), Type.Null()]),
    total: Amount,
    currency: Currency,
    version: Version,
  }),
  refusals: ROOM_REFUSALS,
  async ask({ caller, query }, ports) {
    const owner_id = await whichRoom(caller, query.owner_id, ports);
    const { sponsor, total, currency, version } = await ports.rooms.sponsor({ owner_id });
    return { body: { success: true, sponsor, total, currency, version } };
  },
});

const LeaderboardQuery = closed({
  owner_id: OwnerId,
  window: Type.Optional(
    Type.Union([Type.Literal('all'), Type.Literal('day'), Type.Literal('hour')], {
      description: 'all unless given. Clock hours in UTC, the current one included: 24 of them, or 1.',
    }),
  ),
  limit: Limit,
});

/** GET /chat/leaderboard: the room's donors by what they gave. */
export const getLeaderboard = asks<RoomsPorts, undefined, typeof LeaderboardQuery>({
  operation: 'leaderboard.get',
  summary: 'The donors who gave most to a room. Read from a replica, so it may be some moments behind.',
  query: LeaderboardQuery,
  answer: Type.Object({
    success: Success,
    leaders: Type.Array(Type.Object({ uuid: Uuid, name: Type.String(), total: Amount, currency: Currency })),
  }),
  refusals: ROOM_REFUSALS,
  async ask({ caller, query }, ports) {
    const owner_id = await whichRoom(caller, query.owner_id, ports);
    const { window = 'all', limit = DEFAULT_LIMIT } = query;
    const { leaders } = await ports.rooms.leaderboard({ owner_id, window, limit: Number(limit) });
    return { body: { success: true, leaders } };
  },
});

/** GET /chat/viewers: who is in the caller's room. */
export const getViewers = asks<RoomsPorts, undefined, typeof RoomQuery>({
  operation: 'viewers.get',
  summary: "Who is in the caller's room now, by live connections.",
  query: RoomQuery,
  answer: Type.Object({
    success: Success,
    viewers: Type.Array(
      Type.Object({ uuid: Uuid, type: Type.String(), name: Type.String(), connections: Type.Integer() }),
    ),
  }),
  refusals: { 403: 'forbidden: for the owner of the room only' },
  async ask({ caller, query }, { rooms }) {
    const { viewers } = await rooms.viewers({ owner_id: ownRoom(caller, query.owner_id) });
    return { body: { success: true, viewers } };
  },
});

const RoomParams = closed({ owner_id: Uuid });
const PageQuery = closed({
  after: Type.Optional(Type.String({ minLength: 1, maxLength: 64, description: '`next` of the page before.' })),
  limit: Limit,
});

/** GET /ops/room/:owner_id/events: all that a room has shown. */
export const getRoomEvents = asks<RoomsPorts, undefined, typeof PageQuery, typeof RoomParams>({
  operation: 'room-events.list',
  summary: 'All events of a room, newest first, without the text of what is private.',
  scope: 'ops',
  query: PageQuery,
  params: RoomParams,
  answer: Type.Object({ success: Success, events: Type.Array(EventView), next: Type.Optional(Type.String()) }),
  async ask({ params, query }, { rooms }) {
    const { after = '', limit = DEFAULT_LIMIT } = query;
    const { events, next } = await rooms.roomEvents({ owner_id: params.owner_id, after, limit: Number(limit) });
    return { body: { success: true, events: events.map(parseEvent), ...(next && { next }) } };
  },
});

function parseEvent(text: string): object {
  return JSON.parse(text) as object;
}
