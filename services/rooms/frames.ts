import type { Received } from '../../shared/event.ts';
import type { Payload } from '../../shared/events/catalogue.ts';
import type { Frame } from '../../shared/frame.ts';
import { derivedId } from '../../shared/ids.ts';
import { commentOf } from './donation.ts';

/**
 * What viewers get of each event, live and in the history alike: one function a kind, so that ids and fields agree.
 * Ids are stable, since a gateway and a client know a repeat by its id.
 */
export function messageFrame(message: Payload<'AddNewMessage'>): Frame {
  const { message_id, owner_id, from, value, is_public, to, donate_id, connection_id, created_at } = message;
  const parties = [...new Set([from.uuid, owner_id, ...(to ? [to] : [])])];
  return {
    id: message_id,
    topic: `room:${owner_id}`,
    type: 'message',
    createdAt: created_at,
    fields: { from: personOf(from), value, is_public, ...(to && { to }), ...(donate_id && { donate_id }) },
    subjects: is_public ? null : parties,
    ownerId: owner_id,
    connectionId: connection_id,
  };
}

/** A settled donation; of its comment only a public one, while a private one travels as a message of its own. */
export function donateFrame({ donate, settled_at }: Payload<'ReceiveMoney'>): Frame {
  const comment = commentOf(donate);
  return {
    id: donate.donate_id,
    topic: `room:${donate.owner_id}`,
    type: 'donate',
    createdAt: settled_at,
    fields: {
      from: personOf(donate.from),
      sum: donate.sum,
      currency: donate.currency,
      ...(comment?.is_public && { message: comment.message }),
    },
    subjects: null,
    ownerId: donate.owner_id,
  };
}

/** A donation's money has gone back: everybody who was shown it may mark it. */
export function refundedFrame({ id, payload: { donate, refunded_at } }: Received<'MoneyRefunded'>): Frame {
  return {
    id: derivedId(id, 'ws'),
    topic: `room:${donate.owner_id}`,
    type: 'donate_refunded',
    createdAt: refunded_at,
    fields: { donate_id: donate.donate_id },
    subjects: null,
    ownerId: donate.owner_id,
  };
}

/** The balances of donor and streamer after a donation or its refund, to each alone. @param at when, RFC 3339 */
export function balanceFrames({ id, payload }: Received<'ReceiveMoney' | 'MoneyRefunded'>, at: string): Frame[] {
  return [payload.donor, payload.owner].map(({ account, balance, currency, version }) => ({
    id: derivedId(id, `ws:${account}`),
    topic: `person:${account}`,
    type: 'balance',
    createdAt: at,
    fields: { balance, currency, version },
    subjects: [account],
    ownerId: null,
  }));
}

/** To the donor alone: nobody else ever learns of a donation that bounced. */
export function rejectedFrame({ id, payload }: Received<'DonateRejected'>): Frame {
  const { donate, reason, rejected_at } = payload;
  return {
    id: derivedId(id, 'ws'),
    topic: `person:${donate.from.uuid}`,
    type: 'donate_rejected',
    createdAt: rejected_at,
    fields: { donate_id: donate.donate_id, reason },
    subjects: [donate.from.uuid],
    ownerId: donate.owner_id,
  };
}

export function sponsorFrame({ id, payload }: Pick<Received<'NewSponsor'>, 'id' | 'payload'>): Frame {
  const { owner_id, sponsor, total, currency, version, created_at } = payload;
  return {
    id: derivedId(id, 'ws'),
    topic: `room:${owner_id}`,
    type: 'change_sponsor',
    createdAt: created_at,
    fields: { sponsor: sponsor && { uuid: sponsor.uuid, name: sponsor.name }, total, currency, version },
    subjects: null,
    ownerId: owner_id,
  };
}

export function goalFrame({ id, payload }: Received<'GoalUpdated' | 'EndGoal'>, type: 'goal' | 'end_goal'): Frame {
  const { goal_id, owner_id, name, sum, require_sum, currency, version, created_at } = payload;
  return {
    id: derivedId(id, 'ws'),
    topic: `room:${owner_id}`,
    type,
    createdAt: created_at,
    fields: { goal_id, name, sum, require_sum, currency, version },
    subjects: null,
    ownerId: owner_id,
  };
}

/** Names exactly what a frame says of a person: a field that a newer producer adds is not for viewers yet. */
function personOf({ uuid, type, name }: Payload<'AddNewMessage'>['from']) {
  return { uuid, type, name };
}
