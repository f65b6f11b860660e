import { setImmediate as turn } from 'node:timers/promises';
import type { History, Seen } from '../history.ts';
import type { LoggedFrame, LogFacts } from './log.ts';
import { outOfOrder, placesOf, unreadable } from './order.ts';
import { type Bookings, isPaid } from './rooms.ts';
import { type RoomFrames, TABLED_TYPES } from './shown.ts';
import { checkSources } from './sources.ts';
import { checkTexts } from './texts.ts';
import { type Invariant, violations, type Violations } from './violations.ts';

interface Facts {
  readonly bookings: Bookings;
  readonly shown: ReadonlyMap<string, RoomFrames>;
  readonly logs: LogFacts;
}

const NOTHING: RoomFrames = { open: new Map(), closed: new Map() };

/**
 * I4, I5, I7, I8 and I11 of what viewers were shown: what is paid for, in the one order, all of it, and nobody else's.
 * Lets others have their turn after each viewer, so that sockets stay alive meanwhile.
 */
export async function checkFrames(history: History, facts: Facts): Promise<Violations> {
  const watched = Map.groupBy(history.seen, ({ room }) => room);
  const unwatched = history.rooms.filter((room) => !watched.has(room));
  const found = [
    ...violations('I8', 'nobody has watched the room', unwatched),
    ...checkLog(facts),
    ...checkTexts(history.requests, facts.logs.texts, 'frames of the log'),
    ...checkSources(facts.logs.frames ?? new Map(), facts.logs.sources),
  ];
  for (const [room, viewers] of watched) {
    const log = facts.logs.frames && roomLog(facts.logs.frames.get(room) ?? []);
    for (const seen of viewers) {
      found.push(...checkMoney(seen, facts), ...checkPrivate(seen, facts), ...checkWhole(seen, facts, log));
      found.push(...checkConnections(seen, history), ...checkRejections(seen, facts));
      if (log) found.push(...checkAgainstLog(seen, log, facts));
      await turn();
    }
    if (!log) found.push(...checkAlike(viewers));
  }
  return found;
}

/** Rooms of which nobody was there throughout, nor came back before something was said: whether all was shown is unknown. */
export function unjudged(history: History, logs: LogFacts): string[] {
  return history.rooms.filter((room) => {
    const last = logs.frames?.get(room)?.at(-1)?.seq ?? -1;
    const isJudged = ({ gaps, wholeAfterSeq }: Seen) => gaps === 0 || wholeAfterSeq < last;
    return !history.seen.some((seen) => seen.room === room && isJudged(seen));
  });
}

/** A room's part of the log. */
interface RoomLog {
  readonly frames: readonly LoggedFrame[];
  readonly ids: readonly string[];
  readonly places: ReadonlyMap<string, number>;
}

/**
 * Whether a viewer must have been shown it: who had a gap, what was said for the first time after the last one. What
 * is said again then may be dropped by the gateway, which knows it from before.
 */
function isOwed({ gaps, wholeAfterSeq }: Seen, id: string, log: RoomLog | null): boolean {
  if (gaps === 0) return true;
  const place = log?.places.get(id);
  return place !== undefined && (log?.frames[place]?.seq ?? -1) > wholeAfterSeq;
}

function roomLog(frames: readonly LoggedFrame[]): RoomLog {
  const ids = frames.map(({ id }) => id);
  return { frames, ids, places: placesOf(ids) };
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

/** Each id once, and none that the tables do not have; all was shown since the viewer's last gap. */
function checkWhole(seen: Seen, { shown, bookings }: Facts, log: RoomLog | null): Violations {
  const { open, closed } = shown.get(seen.room) ?? NOTHING;
  const twice = seen.order.length === new Set(seen.order).size ? [] : repeated(seen.order);
  const isUnknown = ([id, type]: readonly [string, string]) => {
    if (type === 'donate' && !isPaid(bookings, id)) return false; // I5's
    return TABLED_TYPES.includes(type) && open.get(id) !== type && !closed.has(id);
  };
  const foreign = new Set(seen.privateIds);
  const unknown = [...seen.types].filter((frame) => isUnknown(frame) && !foreign.has(frame[0]));
  const [ends = [], others = []] = [true, false].map((isEnd) =>
    unknown.flatMap(([id, type]) => ((type === 'end_goal') === isEnd ? [id] : [])),
  );
  const due = [...open.keys(), ...[...closed].flatMap(([id, parties]) => (parties.includes(seen.by) ? [id] : []))];
  const missing = due.filter((id) => !seen.types.has(id) && isOwed(seen, id, log));
  return [
    ...ofViewer(seen, 'I8', 'was shown twice', twice),
    ...ofViewer(seen, 'I4', 'was shown the end of no goal, or another one', ends),
    ...ofViewer(seen, 'I8', 'was shown what no table has', others),
    ...ofViewer(seen, 'I8', 'was not shown', missing),
  ];
}

/** How long after the clocks are right again viewers may still sit on a gateway that has forgotten what it sent. */
const CLOCKS_RIGHT_MS = 10_000;

/** One connection to one gateway: each frame once and forwards. A gateway whose clock is off forgets ids too early. */
function checkConnections(seen: Seen, { injections }: History): Violations {
  const shifts = injections.filter(({ target }) => target.startsWith('clocks off'));
  const isExcused = (ms: number) => shifts.some((one) => ms >= one.atMs && ms <= one.backAtMs + CLOCKS_RIGHT_MS);
  const repeats = seen.repeats.filter(({ atMs }) => !isExcused(atMs)).map(({ id }) => id);
  return [
    ...ofViewer(seen, 'I7', 'was given a seq that does not grow on one connection', seen.backwards),
    ...ofViewer(seen, 'I8', 'was given the same frame twice on one connection', repeats),
  ];
}

/** Only a donor is told of a refusal, and a donor who was never cut off is told of each. */
function checkRejections(seen: Seen, { bookings }: Facts): Violations {
  const isOwn = (id: string) => bookings.get(id)?.transfer.from === seen.by && !isPaid(bookings, id);
  const untold = [...bookings.keys()].filter((id) => isOwn(id) && !seen.rejections.has(id));
  // What the ledger does not have at all is I1's.
  const foreign = [...seen.rejections].filter((id) => bookings.has(id) && !isOwn(id));
  return [
    ...ofViewer(seen, 'I8', 'was not told that its donation was refused', seen.reconnects > 0 ? [] : untold),
    ...ofViewer(seen, 'I11', 'was told of a refusal that is not its own', foreign),
  ];
}

function repeated(order: readonly string[]): string[] {
  const places = placesOf(order);
  return order.filter((id, at) => places.get(id) !== at);
}

/** Who never had a gap was shown the room's log, repeats dropped; who had one, what can be read of it forwards. */
function checkAgainstLog(seen: Seen, log: RoomLog, { shown }: Facts): Violations {
  const { frames, ids, places } = log;
  const { open, closed } = shown.get(seen.room) ?? NOTHING;
  // What is private to others is I11's.
  const isForeign = (id: string) => closed.has(id) && !closed.get(id)?.includes(seen.by);
  const order = [...new Set(seen.order)].filter((id) => !isForeign(id));
  const closedHere = new Set(seen.privateIds);
  const unlogged = order.filter((id) => !places.has(id) && !closedHere.has(id));
  const misplaced = seen.gaps > 0 ? unreadable(order, ids) : outOfOrder(order, places);
  // What the tables have is missed by `checkWhole` already.
  const isMissed = ({ id, subjects }: LoggedFrame) =>
    !seen.types.has(id) && !open.has(id) && !closed.has(id) && (subjects === null || subjects.has(seen.by));
  const missing = new Set(frames.filter(isMissed).flatMap(({ id }) => (isOwed(seen, id, log) ? [id] : [])));
  return [
    ...ofViewer(seen, 'I7', 'was shown what is not in the log', unlogged),
    ...ofViewer(seen, 'I7', 'was shown in another order than the log has', misplaced),
    ...ofViewer(seen, 'I8', 'was not shown, though the log has it', [...missing]),
  ];
}

/** Without the log, viewers of a room are held against each other. */
function checkAlike(viewers: readonly Seen[]): Violations {
  return viewers.flatMap((one, at) => {
    const places = placesOf(one.order);
    return viewers.slice(at + 1).flatMap((other) => {
      const misplaced = outOfOrder([...new Set(other.order)], places);
      return ofViewer(other, 'I7', `was shown in another order than ${one.by}`, misplaced);
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
