import { expect, test } from '@jest/globals';
import { readEvent, readFrame, type Json, type RoomEvent } from './frames.ts';
import { ENTRIES_LIMIT } from './room-entries.ts';
import { currentGoal } from './room-goals.ts';
import { initialState, reduce, type RoomState, type StateEvent } from './room-state.ts';

const ANN = { uuid: 'ann', type: 'client', name: 'Ann' };

const event = (json: Json): RoomEvent => {
  const read = readEvent({ created_at: '2030-01-01T10:00:00.000Z', ...json });
  if (!read) throw new Error(`not an event: ${JSON.stringify(json)}`);
  return read;
};
const message = (id: string, fields: Json = {}) =>
  event({ type: 'message', id, from: ANN, value: id, is_public: true, ...fields });
const donate = (id: string, fields: Json = {}) =>
  event({ type: 'donate', id, from: ANN, sum: '15.50', currency: 'USD', ...fields });
const at = (second: number) => `2030-01-01T10:00:${String(second).padStart(2, '0')}.000Z`;
const frames = (...events: RoomEvent[]): StateEvent => ({ type: 'frames', events });
const subscribed = (seq: number, recovered = false, epoch = 'e1'): StateEvent => ({
  type: 'subscribed',
  position: { epoch, seq },
  recovered,
});
const run = (...events: StateEvent[]): RoomState => events.reduce(reduce, initialState());
const ids = (state: RoomState) => state.entries.map((entry) => entry.id);

test('a message that comes twice is shown once, and its position counts all the same', () => {
  const state = run(subscribed(1), frames(message('a', { seq: 2 })), frames(message('a', { seq: 5 })));
  expect(ids(state)).toEqual(['a']);
  expect(state.position).toEqual({ epoch: 'e1', seq: 5 });
});

test('a private message keeps its mark and its addressee', () => {
  const state = run(frames(message('a', { is_public: false, to: 'ann' }), message('b')));
  expect(state.entries[0]).toMatchObject({ isPublic: false, to: 'ann' });
  expect(state.entries[1]).toMatchObject({ isPublic: true });
});

test('the room order wins over the clocks of those who wrote', () => {
  const early = message('early', { seq: 7, created_at: at(1) });
  const state = run(subscribed(1), frames(message('late', { seq: 5, created_at: at(9) }), early));
  expect(ids(state)).toEqual(['late', 'early']);
});

test('the list holds its bound and forgets the oldest lines first', () => {
  const many = Array.from({ length: ENTRIES_LIMIT + 10 }, (_, index) => message(`m${index}`, { seq: index + 2 }));
  const state = run(subscribed(1), frames(...many));
  expect(state.entries).toHaveLength(ENTRIES_LIMIT);
  expect(state.entries[0]?.id).toBe('m10');
  expect(ids(reduce(state, frames(message('m3', { seq: 5 }))))).not.toContain('m3');
});

test('a sent message waits until the frame with the id of the answer confirms it', () => {
  const sent = run({ type: 'message_sending', message: { key: 'k', text: 'hi', isPublic: true } });
  expect(sent.messages).toMatchObject([{ key: 'k', state: 'sending' }]);
  const accepted = reduce(sent, { type: 'accepted', key: 'k', id: 'a' });
  expect(accepted.messages).toMatchObject([{ state: 'accepted', id: 'a' }]);
  const confirmed = reduce(accepted, frames(message('a')));
  expect(confirmed.messages).toEqual([]);
  expect(ids(confirmed)).toEqual(['a']);
});

test('a frame that is faster than the answer leaves nothing waiting', () => {
  const state = run(
    { type: 'message_sending', message: { key: 'k', text: 'hi', isPublic: true } },
    frames(message('a')),
    { type: 'accepted', key: 'k', id: 'a' },
  );
  expect(state.messages).toEqual([]);
});

test('a failed message keeps its key and its words, and a retry takes its place', () => {
  const first = { key: 'k', text: 'hi', isPublic: false };
  const failed = run({ type: 'message_sending', message: first }, { type: 'failed', key: 'k', failure: 'no' });
  expect(failed.messages).toMatchObject([{ ...first, state: 'failed', failure: 'no' }]);
  expect(reduce(failed, { type: 'message_sending', message: first }).messages).toEqual([
    { ...first, state: 'sending' },
  ]);
  expect(reduce(failed, { type: 'dismissed', key: 'k' }).messages).toEqual([]);
});

const GIVEN: StateEvent = {
  type: 'donation_sending',
  donation: { key: 'k', sum: '15.50', comment: '', isPublic: true },
};

test('no pixels before money: a donation is on its way until its own frame shows it', () => {
  const accepted = run(GIVEN, { type: 'accepted', key: 'k', id: 'd' });
  expect(accepted.entries).toEqual([]);
  expect(accepted.donations).toMatchObject([{ state: 'accepted' }]);
  const shown = reduce(accepted, frames(donate('d')));
  expect(shown.donations).toEqual([]);
  expect(ids(shown)).toEqual(['d']);
});

test('a refused donation says why to its donor and never enters the room', () => {
  const refusal = event({ type: 'donate_rejected', id: 'r', donate_id: 'd', reason: 'insufficient_balance' });
  const state = run(GIVEN, { type: 'accepted', key: 'k', id: 'd' }, frames(refusal));
  expect(state.donations).toMatchObject([{ state: 'rejected', failure: 'insufficient_balance' }]);
  expect(state.entries).toEqual([]);
});

test('a donation that was settled unseen is no longer on its way; a pending one is', () => {
  const accepted = run(GIVEN, { type: 'accepted', key: 'k', id: 'd' });
  const told = (status: string): StateEvent => ({ type: 'donation_settled', id: 'd', status, reason: '' });
  expect(reduce(accepted, told('pending')).donations).toHaveLength(1);
  expect(reduce(accepted, told('settled')).donations).toEqual([]);
});

test('a refund marks its donation, also one that is met only afterwards', () => {
  const refund = (id: string) => event({ type: 'donate_refunded', id: `refund-${id}`, donate_id: id });
  const state = run(frames(donate('d1'), refund('d1'), refund('d2')), {
    type: 'history',
    events: [donate('d2')],
  });
  expect(state.entries.map((entry) => [entry.id, entry.refunded])).toEqual([
    ['d1', true],
    ['d2', true],
  ]);
});

test('a refund that was missed is found in the history, of a donation that was shown and of one that was not', () => {
  const refunded = (id: string) => event({ type: 'donate', id, sum: '5.00', currency: 'USD', refunded: true });
  const state = run(frames(donate('d1'), donate('d2')), {
    type: 'history',
    events: [refunded('d3'), refunded('d1')],
  });
  const marks = Object.fromEntries(state.entries.map((entry) => [entry.id, entry.refunded ?? false]));
  expect(marks).toEqual({ d1: true, d2: false, d3: true });
});

const goal = (id: string, goalId: string, version: number, sum: string, type = 'goal') =>
  event({ type, id, goal_id: goalId, name: goalId, sum, require_sum: '10.00', version });

test('an older version of a goal changes nothing', () => {
  const state = run(frames(goal('1', 'g', 3, '7.00'), goal('2', 'g', 2, '5.00')));
  expect(currentGoal(state.goals)).toMatchObject({ sum: '7.00', version: 3 });
});

test('a goal set while another fills waits for its turn', () => {
  const state = run(frames(goal('1', 'g', 1, '7.00'), goal('2', 'h', 1, '0.00')));
  expect(currentGoal(state.goals)?.goalId).toBe('g');
  const reached = reduce(state, frames(goal('3', 'g', 2, '11.00', 'end_goal')));
  expect(currentGoal(reached.goals)?.goalId).toBe('h');
  expect(ids(reached)).toEqual(['3']);
});

test('an older sponsor changes nothing, and nobody can be the sponsor', () => {
  const sponsor = (id: string, name: string, version: number) =>
    event({ type: 'change_sponsor', id, sponsor: { uuid: name, name }, total: '9.00', version });
  const state = run(frames(sponsor('1', 'Ann', 4), sponsor('2', 'Ben', 3)));
  expect(state.sponsorship?.sponsor?.name).toBe('Ann');
  const none = event({ type: 'change_sponsor', id: '3', sponsor: null, total: '0.00', version: 5 });
  expect(reduce(state, frames(none)).sponsorship?.sponsor).toBeNull();
});

test('the balance keeps its highest version, and a sum asked for before a frame came is too old', () => {
  const balance = (id: string, sum: string, version: number) =>
    event({ type: 'balance', id, balance: sum, currency: 'USD', version });
  const read = (sum: string, askedAtVersion: number | null): StateEvent => ({
    type: 'account_read',
    balance: sum,
    currency: 'USD',
    askedAtVersion,
  });
  const state = run(read('9.00', null), frames(balance('1', '5.00', 8), balance('2', '7.00', 7)));
  expect(state.balance).toMatchObject({ sum: '5.00', version: 8 });
  expect(reduce(state, read('9.00', null)).balance?.sum).toBe('5.00');
  expect(reduce(state, read('6.00', 8)).balance?.sum).toBe('6.00');
});

test('after a resume that was not recovered the history fills the gap, in order and once', () => {
  const before = run(
    subscribed(1),
    { type: 'history', events: [] },
    frames(message('a', { seq: 2, created_at: at(1) })),
  );
  expect(before.needsHistory).toBe(false);
  const gap = [subscribed(90), frames(message('d', { seq: 91, created_at: at(9) }))].reduce(reduce, before);
  expect(gap.needsHistory).toBe(true);
  const history = ['d', 'c', 'b', 'a'].map((id, index) => message(id, { created_at: at([9, 5, 3, 1][index] ?? 0) }));
  const merged = reduce(gap, { type: 'history', events: history });
  expect(ids(merged)).toEqual(['a', 'b', 'c', 'd']);
  expect(merged).toMatchObject({ needsHistory: false, position: { epoch: 'e1', seq: 91 } });
});

test('a recovered resume keeps the old position until the missed frames themselves have moved it', () => {
  const resumed = run(subscribed(4), { type: 'history', events: [] }, subscribed(9, true));
  expect(resumed).toMatchObject({ position: { epoch: 'e1', seq: 4 }, needsHistory: false });
  expect(reduce(resumed, frames(message('a', { seq: 6 }))).position).toEqual({ epoch: 'e1', seq: 6 });
});

test('a frame that is no object, or has no id, is no event', () => {
  expect(readFrame('[1]')).toBeNull();
  expect(readFrame('{')).toBeNull();
  expect(readFrame('{"type":"message"}')).toBeNull();
  expect(readFrame('{"type":"presence","id":"x"}')).toBeNull();
});
