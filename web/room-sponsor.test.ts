import { expect, test } from '@jest/globals';
import { readEvent, type Json, type RoomEvent, type Sponsorship } from './frames.ts';
import { mayMoveTotal } from './room-sponsor.ts';
import { initialState, reduce, type RoomState, type StateEvent } from './room-state.ts';

const ANN = { uuid: 'ann', name: 'Ann' };
const BEN = { uuid: 'ben', name: 'Ben' };

const event = (json: Json): RoomEvent => {
  const read = readEvent({ created_at: '2030-01-01T10:00:00.000Z', ...json });
  if (!read) throw new Error(`not an event: ${JSON.stringify(json)}`);
  return read;
};
const changed = (sponsor: Sponsorship['sponsor'], total: string, version: number): StateEvent => ({
  type: 'frames',
  events: [event({ type: 'change_sponsor', id: `${version}`, sponsor, total, version })],
});
const read = (sponsor: Sponsorship['sponsor'], total: string, version: number): StateEvent => ({
  type: 'sponsorship_read',
  sponsorship: { sponsor, total, version },
});
const run = (...events: StateEvent[]): RoomState => events.reduce(reduce, initialState());
const donate = (from: Json) => event({ type: 'donate', id: 'd', from, sum: '1.00', currency: 'USD' });

test('a total that was read under the same version is newer than that of the change, also where it is less', () => {
  expect(run(changed(ANN, '9.00', 4), read(ANN, '12.00', 4)).sponsorship?.total).toBe('12.00');
  expect(run(changed(ANN, '9.00', 4), read(ANN, '12.00', 4), read(ANN, '10.00', 4)).sponsorship?.total).toBe('10.00');
});

test('the frame of a change that was read already takes nothing back from the total', () => {
  expect(run(read(ANN, '12.00', 4), changed(ANN, '9.00', 4)).sponsorship?.total).toBe('12.00');
});

test('an answer from before a change of the holder, and a change before the one shown, change nothing', () => {
  const state = run(changed(BEN, '20.00', 5), read(ANN, '12.00', 4), changed(ANN, '9.00', 4));
  expect(state.sponsorship).toEqual({ sponsor: BEN, total: '20.00', version: 5 });
});

test('the total may have moved after what the holder gives, a refund, and every change of the holder', () => {
  const standing = { sponsor: ANN, total: '9.00', version: 4 };
  expect(mayMoveTotal(standing, donate(ANN))).toBe(true);
  expect(mayMoveTotal(standing, donate(BEN))).toBe(false);
  expect(mayMoveTotal(standing, event({ type: 'donate_refunded', id: 'r', donate_id: 'd' }))).toBe(true);
  expect(mayMoveTotal(standing, event({ type: 'message', id: 'm', from: ANN, value: 'hi' }))).toBe(false);
  expect(mayMoveTotal(null, donate(ANN))).toBe(false);
  const change = event({ type: 'change_sponsor', id: 's', sponsor: BEN, total: '1.00', version: 1 });
  expect(mayMoveTotal(null, change)).toBe(true);
});
