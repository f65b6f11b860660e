import type { History, Seen } from '../history.ts';
import type { LoggedFrame, LogFacts } from './log.ts';
import { outOfOrder, placesOf, unreadable } from './order.ts';
import { type Bookings, isPaid } from './rooms.ts';
import { type RoomFrames, TABLED_TYPES } from './shown.ts';
import { type Invariant, violations, type Violations } from './violations.ts';

interface Facts {
  readonly bookings: Bookings;
  readonly shown: ReadonlyMap<string, RoomFrames>;
  readonly logs: LogFacts;
}

const NOTHING: RoomFrames = { open: new Map(), closed: new Map() };

/** I4, I5, I7, I8 and I11 of what viewers were shown: what is paid for, in the one order, all of it, and nobody else's. */
export function checkFrames(history: History, facts: Facts): Violations {
  const watched = Map.groupBy(history.seen, ({ room }) => room);
  const unwatched = history.rooms.filter((room) => !watched.has(room));
  return [
    ...violations('I8', 'nobody has watched the room', unwatched),
    ...history.seen.flatMap((seen) => [...checkMoney(seen, facts), ...checkPrivate(seen, facts)]),
    ...history.seen.flatMap((seen) => checkWhole(seen, facts)),
    ...history.seen.flatMap((seen) => checkAgainstLog(seen, facts)),
    ...[...watched.values()].flatMap((viewers) => checkAlike(viewers, facts.logs.frames !== null)),
    ...checkLog(facts),
  ];
}

/** A line of one viewer's. */
function ofViewer({ by, room, gateway }: Seen, invariant: Invariant, what: string, ids: readonly string[]): Violations {
  return violations(invariant, `${what} (${by} in ${room} on gateway ${gateway})`, ids);
}

function checkMoney(seen: Seen, { bookings }: Facts): Violations {
  const unpaid = [...seen.types].flatMap(([id, type]) => (type === 'donate' && !isPaid(bookings, id) ? [id] : []));
  const unreturned = [...seen.refundOf.values()].filter((id) => bookings.get(id)?.status !== 'refunded');
  return [
    ...ofViewer(seen, 'I5', 'was shown a donation without money', unpaid),
    ...ofViewer(seen, 'I5', 'was shown the refund of what did not go back', unreturned),
  ];
}

function checkPrivate(seen: Seen, { shown }: Facts): Violations {
  const { closed } = shown.get(seen.room) ?? NOTHING;
  const foreign = (id: string) => !closed.get(id)?.includes(seen.by);
  const ids = new Set([...seen.privateIds, ...seen.order.filter((id) => closed.has(id))]);
  return ofViewer(seen, 'I11', 'was shown what is private to others', [...ids].filter(foreign));
}

/** Each id once, and none that the tables do not have; who never had a gap was shown all. */
function checkWhole(seen: Seen, { shown, bookings }: Facts): Violations {
  const { open, closed } = shown.get(seen.room) ?? NOTHING;
  const places = placesOf(seen.order);
  const twice = places.size === seen.order.length ? [] : seen.order.filter((id, at) => places.get(id) !== at);
  const isUnknown = ([id, type]: readonly [string, string]) => {
    if (type === 'donate' && !isPaid(bookings, id)) return false; // I5's
    return TABLED_TYPES.includes(type) && open.get(id) !== type && !closed.has(id);
  };
  const foreign = new Set(seen.privateIds);
  const unknown = [...seen.types].filter((frame) => isUnknown(frame) && !foreign.has(frame[0]));
  const ofType = (isWanted: (type: string) => boolean) => unknown.flatMap(([id, type]) => (isWanted(type) ? [id] : []));
  const due = [...open.keys(), ...[...closed].flatMap(([id, parties]) => (parties.includes(seen.by) ? [id] : []))];
  const missing = seen.gaps > 0 ? [] : due.filter((id) => !places.has(id));
  return [
    ...ofViewer(seen, 'I8', 'was shown twice', twice),
    ...ofViewer(
      seen,
      'I4',
      'was shown the end of no goal, or another one',
      ofType((type) => type === 'end_goal'),
    ),
    ...ofViewer(
      seen,
      'I8',
      'was shown what no table has',
      ofType((type) => type !== 'end_goal'),
    ),
    ...ofViewer(seen, 'I8', 'was not shown', missing),
  ];
}

/** Who never had a gap was shown the room's log, repeats dropped; who had one, what can be read of it forwards. */
function checkAgainstLog(seen: Seen, { logs, shown }: Facts): Violations {
  if (logs.frames === null) return [];
  const { open, closed } = shown.get(seen.room) ?? NOTHING;
  const log = (logs.frames.get(seen.room) ?? []).filter(({ subjects }) => subjects === null || subjects.has(seen.by));
  const logged = log.map(({ id }) => id);
  const places = placesOf(logged);
  const order = [...new Set(seen.order)];
  const foreign = new Set(seen.privateIds);
  const unlogged = order.filter((id) => !places.has(id) && !foreign.has(id));
  const misplaced = seen.gaps > 0 ? unreadable(order, logged) : outOfOrder(order, places);
  // What the tables have is missed by `checkWhole` already.
  const isMissed = (id: string) => !seen.types.has(id) && !open.has(id) && !closed.has(id);
  const missing = seen.gaps > 0 ? [] : [...places.keys()].filter(isMissed);
  return [
    ...ofViewer(seen, 'I7', 'was shown what is not in the log', unlogged),
    ...ofViewer(seen, 'I7', 'was shown in another order than the log has', misplaced),
    ...ofViewer(seen, 'I8', 'was not shown, though the log has it', missing),
  ];
}

/** Where the log is known, who had a gap is held against it alone: a repeat may stand in for what they missed. */
function checkAlike(viewers: readonly Seen[], isLogKnown: boolean): Violations {
  const compared = isLogKnown ? viewers.filter(({ gaps }) => gaps === 0) : viewers;
  return compared.flatMap((one, at) => {
    const places = placesOf(one.order);
    return compared.slice(at + 1).flatMap((other) => {
      return ofViewer(
        other,
        'I7',
        `was shown in another order than ${one.by}`,
        outOfOrder([...new Set(other.order)], places),
      );
    });
  });
}

/** Gateways decide by the headers: a private message must bear its parties there, whoever was connected. */
function checkLog({ shown, logs }: Facts): Violations {
  if (logs.frames === null) return [];
  const open = [...logs.frames].flatMap(([room, frames]) => {
    const { closed } = shown.get(room) ?? NOTHING;
    return frames.filter(({ id, subjects }) => !isForParties(subjects, closed.get(id))).map(({ id }) => id);
  });
  return violations('I11', 'in the log for others than its parties', [...new Set(open)]);
}

function isForParties(subjects: LoggedFrame['subjects'], parties: readonly string[] | undefined): boolean {
  if (parties === undefined) return true;
  return subjects !== null && subjects.size === parties.length && parties.every((party) => subjects.has(party));
}
