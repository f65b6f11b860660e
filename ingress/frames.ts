import { type TObject, Type } from '@sinclair/typebox';
import { Amount, closed, Currency, Person, Timestamp, Uuid, Version } from '../shared/schema.ts';

/** The frames between the gateway and its clients, as the AsyncAPI document shows them. */
export interface DocumentedFrame {
  readonly summary: string;
  readonly schema: TObject;
}

const Topic = Type.String({ description: '`room:{owner_id}` or `person:{uuid}`.', examples: ['room:0198c1a0-…'] });
const Epoch = Type.String({ description: 'Within one epoch `seq` only grows.' });
const Seq = Type.Integer({ minimum: 0, description: 'The place in the topic; gaps are normal.' });

const control = (type: string, properties: Parameters<typeof Type.Object>[0] = {}) =>
  Type.Object({ type: Type.Literal(type), ...properties });

/** A frame that tells of something that happened: the same id is the same occurrence, to be shown once. */
const occurrence = (type: string, properties: Parameters<typeof Type.Object>[0]) =>
  control(type, { id: Uuid, topic: Topic, seq: Seq, created_at: Timestamp, ...properties });

const GoalFields = {
  goal_id: Uuid,
  name: Type.String(),
  sum: Amount,
  require_sum: Amount,
  currency: Currency,
  version: Version,
};

export const serverFrames: Readonly<Record<string, DocumentedFrame>> = {
  welcome: {
    summary:
      'The first frame. `POST /chat/connection/add` with its `connection_id` shows others who is where; delivery does ' +
      'not depend on it.',
    schema: control('welcome', {
      connection_id: Uuid,
      sub: Type.Union([Uuid, Type.Null()], { description: 'null for a viewer without a token.' }),
      heartbeat_ms: Type.Integer({ description: 'The server pings this often.' }),
    }),
  },
  subscribed: {
    summary:
      "A topic's position now. What was missed follows wholly (`recovered`), or the client reads the history. A token's " +
      'connection is subscribed to `person:{its sub}` by itself; subscribe to it with `after` to resume it.',
    schema: control('subscribed', {
      topic: Topic,
      epoch: Epoch,
      seq: Seq,
      recovered: Type.Boolean(),
      count: Type.Integer({ minimum: 0, description: 'Frames that follow at once.' }),
    }),
  },
  position: {
    summary: 'Where a quiet topic stands, at least every 5 minutes.',
    schema: control('position', { topic: Topic, epoch: Epoch, seq: Seq }),
  },
  unsubscribed: { summary: 'The topic is left.', schema: control('unsubscribed', { topic: Topic }) },
  authenticated: { summary: 'The fresh token is taken.', schema: control('authenticated') },
  error: {
    summary: "What was refused; `code` has the HTTP status's meaning.",
    schema: control('error', { code: Type.Integer(), message: Type.String(), ref: Type.Optional(Type.String()) }),
  },
  message: {
    summary: 'Somebody wrote in the room; a private one reaches its parties alone.',
    schema: occurrence('message', {
      from: Person,
      value: Type.String(),
      is_public: Type.Boolean(),
      to: Type.Optional(Uuid),
      donate_id: Type.Optional(Type.String({ description: 'The donation whose comment it is.' })),
    }),
  },
  donate: {
    summary: 'A donation, once its money has moved; `message` is its comment where that is public.',
    schema: occurrence('donate', {
      from: Person,
      sum: Amount,
      currency: Currency,
      message: Type.Optional(Type.String()),
    }),
  },
  donate_rejected: {
    summary: 'A donation bounced; to the donor alone.',
    schema: occurrence('donate_rejected', { donate_id: Uuid, reason: Type.String() }),
  },
  donate_refunded: {
    summary: "A donation's money has gone back: what was shown of it is to be marked.",
    schema: occurrence('donate_refunded', { donate_id: Uuid }),
  },
  goal: { summary: 'A goal was set, or has moved.', schema: occurrence('goal', GoalFields) },
  end_goal: { summary: 'A goal is reached.', schema: occurrence('end_goal', GoalFields) },
  change_sponsor: {
    summary:
      'Another donor holds the title, or nobody does. `total` is theirs as of the change; it may have grown since.',
    schema: occurrence('change_sponsor', {
      sponsor: Type.Union([Type.Object({ uuid: Uuid, name: Type.String() }), Type.Null()]),
      total: Amount,
      currency: Currency,
      version: Version,
    }),
  },
  balance: {
    summary: "The person's own account, on their `person:` topic.",
    schema: occurrence('balance', { balance: Amount, currency: Currency, version: Version }),
  },
};

const Reference = Type.Optional(Type.String({ maxLength: 100, description: 'Comes back with an error.' }));

export const clientFrames: Readonly<Record<string, DocumentedFrame>> = {
  subscribe: {
    summary: 'Follow a topic, from where the client stood if it says so.',
    schema: closed({
      type: Type.Literal('subscribe'),
      topic: Topic,
      after: Type.Optional(closed({ epoch: Epoch, seq: Seq })),
      ref: Reference,
    }),
  },
  unsubscribe: {
    summary: 'Leave a topic.',
    schema: closed({ type: Type.Literal('unsubscribe'), topic: Topic, ref: Reference }),
  },
  auth: {
    summary: 'A fresh token of the same person, before the old one ends.',
    schema: closed({ type: Type.Literal('auth'), token: Type.String({ maxLength: 8_192 }), ref: Reference }),
  },
};

export const closeCodes: Readonly<Record<number, string>> = {
  1001: 'draining: reconnect after a random wait',
  1009: 'a frame over 64 KiB',
  1013: 'unavailable: reconnect later',
  4400: 'bad frames',
  4401: 'the token is bad or has expired',
  4403: 'forbidden',
  4404: 'no such topic',
  4408: 'too slow: reconnect and resume',
  4429: 'too many frames',
  4430: 'too many connections of one person',
};
