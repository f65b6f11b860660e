import { Type } from '@sinclair/typebox';
import { asks, type Call, forbidden } from '../../shared/endpoint.ts';
import { OWN_ISSUER } from '../../shared/jwt.ts';
import { closed, PageLimit, Timestamp, Uuid } from '../../shared/schema.ts';
import type { FriendsQuestions, PairAnswer, PairRequest, Relation } from './questions.ts';

/** What the friends' endpoints need of their host. */
export interface FriendsPorts {
  readonly friends: FriendsQuestions;
}

const PersonBody = closed({ uuid: Uuid }, { description: 'The other person.' });
const KEY_REUSED = 'key reused: the same Idempotency-Key with another body';
const NOT_REGISTERED = 'forbidden: only people who are registered here have friends';
const NO_REQUEST = 'not found: no such request of theirs';

const Done = Type.Object({ success: Type.Literal(true) });
const Standing = Type.Object({
  success: Type.Literal(true),
  state: Type.Union([Type.Literal('requested'), Type.Literal('friends')]),
});

/** POST /request: asks to be friends; where the other has asked already, agrees. */
export const requestFriend = asks<FriendsPorts, typeof PersonBody>({
  operation: 'request.add',
  summary: 'Asks a person to be friends. Where they have asked already, this accepts: `state` says which.',
  limit: 'invites',
  key: 'taken',
  body: PersonBody,
  answer: Standing,
  refusals: {
    403: `${NOT_REGISTERED}; or that person blocks you`,
    404: 'not found: no such person',
    409: 'conflict: a friend already, asked already, or blocked by you',
    422: KEY_REUSED,
  },
  ask: async (call, { friends }) => standing(await friends.request(toRequest(call))),
});

/** POST /accept: agrees to a request of that person. */
export const acceptFriend = asks<FriendsPorts, typeof PersonBody>({
  operation: 'request.accept',
  summary: 'Accepts the request of a person: you are friends from now on.',
  key: 'taken',
  body: PersonBody,
  answer: Standing,
  refusals: { 403: `${NOT_REGISTERED}; or the request is your own`, 404: NO_REQUEST, 422: KEY_REUSED },
  ask: async (call, { friends }) => standing(await friends.accept(toRequest(call))),
});

/** POST /decline: turns a request of that person down. They may ask again. */
export const declineFriend = asks<FriendsPorts, typeof PersonBody>({
  operation: 'request.decline',
  summary: 'Declines the request of a person, who may ask again.',
  key: 'taken',
  body: PersonBody,
  answer: Done,
  refusals: { 403: `${NOT_REGISTERED}; or the request is your own`, 404: NO_REQUEST, 422: KEY_REUSED },
  ask: async (call, { friends }) => done(await friends.decline(toRequest(call))),
});

/** DELETE /friend: ends a friendship, or takes the caller's own request back. */
export const removeFriend = asks<FriendsPorts, typeof PersonBody>({
  operation: 'friend.remove',
  summary: 'Ends a friendship, or takes your own request back.',
  body: PersonBody,
  answer: Done,
  refusals: { 403: NOT_REGISTERED, 404: 'not found: neither a friend nor asked by you' },
  ask: async (call, { friends }) => done(await friends.remove(toRequest(call))),
});

/** POST /block: ends whatever is between the two, and keeps the other from asking. */
export const blockPerson = asks<FriendsPorts, typeof PersonBody>({
  operation: 'block.add',
  summary: 'Blocks a person: whatever was between you ends, and they cannot ask. Blocking again changes nothing.',
  key: 'taken',
  body: PersonBody,
  answer: Done,
  refusals: { 403: NOT_REGISTERED, 404: 'not found: no such person', 422: KEY_REUSED },
  ask: async (call, { friends }) => done(await friends.block(toRequest(call))),
});

/** DELETE /block: lifts the caller's own block. What it ended stays ended. */
export const unblockPerson = asks<FriendsPorts, typeof PersonBody>({
  operation: 'block.remove',
  summary: 'Lifts your block of a person. What it ended stays ended.',
  body: PersonBody,
  answer: Done,
  refusals: { 403: NOT_REGISTERED, 404: 'not found: not blocked by you' },
  ask: async (call, { friends }) => done(await friends.unblock(toRequest(call))),
});

const RelationsQuery = closed({
  after: Type.Optional(Type.String({ minLength: 1, maxLength: 128, description: '`next` of the page before.' })),
  limit: Type.Optional(PageLimit),
});

const Relations = Type.Array(
  Type.Object({
    uuid: Uuid,
    name: Type.String(),
    status: Type.Optional(
      Type.Union([Type.Literal('blocked'), Type.Literal('deleted')], {
        description: 'By an operator, or by themselves; absent for everybody else.',
      }),
    ),
    since: Timestamp,
  }),
);

/** GET /friends: the caller's own relations. One stream in pages, each page sorted into four lists. */
export const listFriends = asks<FriendsPorts, undefined, typeof RelationsQuery>({
  operation: 'friends.list',
  summary:
    'Your friends, the requests of others and your own, and whom you block, newest change first. ' +
    'A page holds `limit` of them all together.',
  query: RelationsQuery,
  answer: Type.Object({
    success: Type.Literal(true),
    friends: Relations,
    incoming: Relations,
    outgoing: Relations,
    blocked: Relations,
    next: Type.Optional(Type.String()),
  }),
  refusals: { 403: NOT_REGISTERED },
  async ask(call, { friends }) {
    const { after = '', limit = '50' } = call.query;
    const page = await friends.list({ subject: registered(call).subject, after, limit: Number(limit) });
    return {
      body: {
        success: true,
        friends: page.friends.map(toShown),
        incoming: page.incoming.map(toShown),
        outgoing: page.outgoing.map(toShown),
        blocked: page.blocked.map(toShown),
        ...(page.next && { next: page.next }),
      },
    };
  },
});

function toRequest(call: Call<{ uuid: string }, undefined, undefined>): PairRequest {
  const { subject: uuid, name } = registered(call);
  const { id, isKeyed, fingerprint, body } = call;
  return { request_id: isKeyed ? id : '', fingerprint, caller: { uuid, name }, person: body.uuid };
}

/** @throws Refusal 403 for a token of the streaming site: its people have no account here */
function registered({ caller }: Pick<Call, 'caller'>): Call['caller'] {
  if (caller.issuer !== OWN_ISSUER) throw forbidden();
  return caller;
}

const standing = ({ state, repeated }: PairAnswer) => ({ body: { success: true, state }, repeated });
const done = ({ repeated }: PairAnswer) => ({ body: { success: true }, repeated });

function toShown({ status, ...relation }: Relation): object {
  return { ...relation, ...(status && { status }) };
}
