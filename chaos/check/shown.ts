import { goalStepId } from '../../services/rooms/goals.ts';
import { newSponsorId } from '../../services/rooms/sponsor.ts';
import { derivedId } from '../../shared/ids.ts';
import { partiesOf } from './messages.ts';
import type { RoomsFacts } from './rooms-facts.ts';

/** What one room must have shown, by the tables. */
export interface RoomFrames {
  /** Frame id → type, of what everybody sees. */
  readonly open: ReadonlyMap<string, string>;
  /** Frame id → who may see it. */
  readonly closed: ReadonlyMap<string, readonly string[]>;
}

/** Types whose frames follow from the tables one for one; a goal's steps stand in the log alone. */
export const TABLED_TYPES: readonly string[] = ['donate', 'donate_refunded', 'message', 'change_sponsor', 'end_goal'];

/** Room → the frames that follow from its donations, messages, sponsors and ended goals. */
export function framesOf(rooms: RoomsFacts): ReadonlyMap<string, RoomFrames> {
  const frames = new Map<string, { open: Map<string, string>; closed: Map<string, readonly string[]> }>();
  const of = (room: string) => {
    const known = frames.get(room) ?? { open: new Map<string, string>(), closed: new Map<string, readonly string[]>() };
    frames.set(room, known);
    return known;
  };
  for (const [id, { room, status }] of rooms.donations) {
    if (status === 'settled' || status === 'refunded') of(room).open.set(id, 'donate');
    if (status === 'refunded') of(room).open.set(refundedFrameId(id), 'donate_refunded');
  }
  for (const [id, message] of rooms.messages) {
    if (message.isPublic) of(message.room).open.set(id, 'message');
    else of(message.room).closed.set(id, partiesOf(message));
  }
  for (const [room, told] of rooms.told) {
    for (const version of told.keys()) {
      of(room).open.set(derivedId(newSponsorId(room, version), 'ws'), 'change_sponsor');
    }
  }
  for (const [id, { room, isEnded }] of rooms.goals) {
    if (isEnded) of(room).open.set(derivedId(goalStepId('EndGoal', id, ''), 'ws'), 'end_goal');
  }
  return frames;
}

/** The frame that tells of a donation's refund. */
function refundedFrameId(donateId: string): string {
  return derivedId(derivedId(donateId, 'MoneyRefunded'), 'ws');
}
