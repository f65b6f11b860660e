import { decodeEvent, header, type Received } from '../../shared/event.ts';
import { derivedId } from '../../shared/ids.ts';
import type { InRecord } from '../../shared/kafka.ts';
import type { LoggedFrame } from './log.ts';
import { outOfOrder, placesOf } from './order.ts';
import { violations, type Violations } from './violations.ts';

/** Room → the frames that the events of one topic give it, in the order of their offsets, each id once. */
export type SourceOrder = ReadonlyMap<string, ReadonlySet<string>>;

/**
 * I7: what a room's events of one topic give stands in `ws.out` in the order of those events, since all of a room are in
 * one partition, which one worker at a time reads forwards. An event may be written twice and a frame too: the first one
 * of each counts. Frames from different topics have no order among them: a message and a donation may pass each other.
 */
export function checkSources(
  frames: ReadonlyMap<string, readonly Pick<LoggedFrame, 'id'>[]>,
  sources: readonly SourceOrder[],
): Violations {
  const misplaced = [...frames].flatMap(([room, logged]) => {
    const order = [...new Set(logged.map(({ id }) => id))];
    return sources.flatMap((source) => outOfOrder(order, placesOf([...(source.get(room) ?? [])])));
  });
  return violations('I7', 'in the log in another order than their events', misplaced);
}

/** Notes what the records of one topic give, record by record. */
export function noteSource(): { note(record: InRecord): void; order(): SourceOrder } {
  const rooms = new Map<string, Set<string>>();
  const retried = new Set<string>();
  return {
    note(record) {
      const shown = shownOf(record);
      if (!shown) return;
      const { id, room } = shown;
      if (record.headers[header.onlyGroup] !== undefined) retried.add(id);
      rooms.set(room, (rooms.get(room) ?? new Set<string>()).add(id));
    },
    order() {
      // What was set aside and tried again later is shown when it succeeds, wherever its event stood first.
      for (const ids of rooms.values()) for (const id of retried) ids.delete(id);
      return rooms;
    },
  };
}

/** The frame that an event gives its room; null for what gives none, and for poison. */
function shownOf(record: InRecord): { id: string; room: string } | null {
  const decoded = decodeEvent(record);
  return decoded.kind === 'event' ? frameOf(decoded.event) : null;
}

function frameOf(event: Received): { id: string; room: string } | null {
  // The payload belongs to the name: both come from one record.
  const given = event as { [N in Received['name']]: Received<N> & { name: N } }[Received['name']];
  switch (given.name) {
    case 'AddNewMessage':
      return { id: given.payload.message_id, room: given.payload.owner_id };
    case 'ReceiveMoney':
      return { id: given.payload.donate.donate_id, room: given.payload.donate.owner_id };
    case 'MoneyRefunded':
      return { id: derivedId(given.id, 'ws'), room: given.payload.donate.owner_id };
    case 'GoalUpdated':
    case 'EndGoal':
    case 'NewSponsor':
      return { id: derivedId(given.id, 'ws'), room: given.payload.owner_id };
    case 'AddNewConnection':
    case 'AddNewDonate':
    case 'AddNewGoal':
    case 'AddNewRoom':
    case 'ConnectionClosed':
    case 'DonateRejected':
    case 'MoneyDeposited':
    case 'MoneyPaidOut':
    case 'UserRegistered':
    case 'UserLoggedIn':
    case 'UserDeleted':
    case 'UserBlocked':
    case 'UserUnblocked':
    case 'ProfileUpdated':
    case 'FriendRequestSent':
    case 'FriendAccepted':
    case 'FriendDeclined':
    case 'FriendRemoved':
    case 'PersonBlocked':
    case 'PersonUnblocked':
      return null;
  }
}
