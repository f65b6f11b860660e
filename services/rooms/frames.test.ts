import { describe, expect, test } from '@jest/globals';
import type { Payload } from '../../shared/events/catalogue.ts';
import { encodeFrame, type Frame } from '../../shared/frame.ts';
import { derivedId, freshId } from '../../shared/ids.ts';
import { exampleDonation, exampleMessage } from '../../shared/testing/examples.ts';
import { receive } from '../../shared/testing/harness.ts';
import { balanceFrames, donateFrame, messageFrame, refundedFrame, rejectedFrame, sponsorFrame } from './frames.ts';
import { toRoomEvent } from './room-event.ts';

const at = '2026-05-01T12:00:00.000Z';

function settled(given: Partial<Payload<'AddNewDonate'>> = {}): Payload<'ReceiveMoney'> {
  const { owner_vouched: _, ...donate } = exampleDonation(given);
  const balance = (account: string) => ({ account, balance: '1.00', currency: 'USD', version: 1 });
  return { donate, donor: balance(donate.from.uuid), owner: balance(donate.owner_id), settled_at: at };
}

describe('a message', () => {
  test('goes to everybody in the room, under its own id', () => {
    const message = exampleMessage();
    expect(messageFrame(message)).toMatchObject({
      id: message.message_id,
      topic: `room:${message.owner_id}`,
      subjects: null,
      createdAt: message.created_at,
      fields: { from: message.from, value: message.value, is_public: true },
    });
  });

  test('in private goes to its sender, the owner, and whom the owner answers', () => {
    const to = freshId();
    const message = exampleMessage({ is_public: false });
    expect(messageFrame(message).subjects).toEqual([message.from.uuid, message.owner_id]);
    const answer = exampleMessage({ is_public: false, owner_id: message.from.uuid, from: message.from, to });
    expect(messageFrame(answer).subjects).toEqual([message.from.uuid, to]);
  });
});

describe('a donation', () => {
  test('is announced under its own id, when its money has moved, with a public comment', () => {
    const payload = settled({ message: { message: 'hi', is_public: true } });
    const { donate } = payload;
    expect(donateFrame(payload)).toEqual({
      id: donate.donate_id,
      topic: `room:${donate.owner_id}`,
      type: 'donate',
      createdAt: at,
      fields: { from: donate.from, sum: '15.50', currency: 'USD', message: 'hi' },
      subjects: null,
      ownerId: donate.owner_id,
    });
  });

  test('never shows a private comment', () => {
    const payload = settled({ message: { message: 'our secret', is_public: false } });
    expect(JSON.stringify(donateFrame(payload))).not.toContain('our secret');
    expect(String(encodeFrame(donateFrame(payload)).value)).not.toContain('message');
  });

  test('tells each party its own balance, to nobody else', () => {
    const payload = settled();
    const event = receive({ name: 'ReceiveMoney', payload }) as Parameters<typeof balanceFrames>[0];
    const frames = balanceFrames(event, at);
    expect(frames.map(({ topic, subjects }) => [topic, subjects])).toEqual([
      [`person:${payload.donor.account}`, [payload.donor.account]],
      [`person:${payload.owner.account}`, [payload.owner.account]],
    ]);
    expect(new Set(frames.map(({ id }) => id)).size).toBe(2);
  });

  test('that was given back is told to everybody in the room, under an id of its own', () => {
    const { settled_at: refunded_at, ...rest } = settled({ message: { message: 'our secret', is_public: false } });
    const payload = { ...rest, transfer_id: freshId(), refunded_at };
    const event = receive({ name: 'MoneyRefunded', payload }) as Parameters<typeof refundedFrame>[0];
    const { donate_id, owner_id } = payload.donate;
    expect(refundedFrame(event)).toEqual({
      id: derivedId(event.id, 'ws'),
      topic: `room:${owner_id}`,
      type: 'donate_refunded',
      createdAt: at,
      fields: { donate_id },
      subjects: null,
      ownerId: owner_id,
    });
  });

  test('that bounced is told to its donor alone', () => {
    const { donate } = settled();
    const payload = { donate, reason: 'insufficient_balance', rejected_at: at } as const;
    const event = receive({ name: 'DonateRejected', payload }) as Parameters<typeof rejectedFrame>[0];
    const frame = rejectedFrame(event);
    expect(frame).toMatchObject({ topic: `person:${donate.from.uuid}`, subjects: [donate.from.uuid] });
    expect(frame.fields).toEqual({ donate_id: donate.donate_id, reason: 'insufficient_balance' });
  });
});

describe('the history', () => {
  const sponsor = { owner_id: freshId(), sponsor: { uuid: freshId(), name: 'Vera' }, total: '5.00', currency: 'USD' };
  const change = receive({ name: 'NewSponsor', payload: { ...sponsor, version: 3, created_at: at } });
  const frames: [string, Frame][] = [
    ['message', messageFrame(exampleMessage({ is_public: false }))],
    ['donate', donateFrame(settled())],
    ['change_sponsor', sponsorFrame(change as Parameters<typeof sponsorFrame>[0])],
  ];

  test.each(frames)('has a %s with the bytes of its frame', (type, frame) => {
    const entry = toRoomEvent(frame, frame.ownerId ?? '');
    expect(entry).toMatchObject({ id: frame.id, type, subjects: frame.subjects, createdAt: frame.createdAt });
    expect(entry.body).toBe(String(encodeFrame(frame).value));
  });

  test('knows a change of the sponsor by the id of its frame', () => {
    expect(frames[2]?.[1].id).toBe(derivedId(change.id, 'ws'));
  });
});
