import type { Goal, RoomEvent, Sponsorship } from './frames.ts';
import { isEntry, place, remember, type Entry } from './room-entries.ts';
import { readGoals, withGoal } from './room-goals.ts';
import { reduceIntention, type Donation, type IntentionEvent, type Message } from './room-intentions.ts';
import { readAnew, toldSponsorship } from './room-sponsor.ts';

/** Everything that the room's page shows, and the one function that changes it. No DOM, no clock, no network. */

export type Connection =
  | { phase: 'connecting' }
  | { phase: 'live' }
  | { phase: 'waiting'; retryAt: number; code: number }
  | { phase: 'closed'; code: number };

export interface Position {
  epoch: string;
  seq: number;
}

export interface RoomState {
  connection: Connection;
  /** When the person's token ends, in ms since 1970; null where nobody is signed in. */
  signedInUntil: number | null;
  /** How far this page has followed the room; the next subscription resumes after it. */
  position: Position | null;
  /** True while frames may have been missed that only the history can give. */
  needsHistory: boolean;
  entries: readonly Entry[];
  known: ReadonlySet<string>;
  /** Donations that were given back, also where the donation itself is met later. */
  refunded: ReadonlySet<string>;
  /** What this person has written and the room has not shown yet. */
  messages: readonly Message[];
  /** What this person has given and the room has not shown yet. */
  donations: readonly Donation[];
  goals: readonly Goal[];
  sponsorship: Sponsorship | null;
  /** `version` is null while the sum was only read, never told by a frame. */
  balance: { sum: string; currency: string; version: number | null } | null;
  viewers: number | null;
}

export type StateEvent =
  | { type: 'connecting' }
  | { type: 'waiting'; retryAt: number; code: number }
  | { type: 'closed'; code: number }
  | { type: 'signed_in'; until: number }
  | { type: 'subscribed'; position: Position; recovered: boolean }
  | { type: 'position'; position: Position }
  | { type: 'frames'; events: readonly RoomEvent[] }
  /** As the server gives it: newest first. */
  | { type: 'history'; events: readonly RoomEvent[] }
  | { type: 'goals_read'; open: Goal | null; ended: Goal | null }
  | { type: 'sponsorship_read'; sponsorship: Sponsorship }
  | { type: 'account_read'; balance: string; currency: string; askedAtVersion: number | null }
  | { type: 'viewers_read'; count: number | null }
  | IntentionEvent;

export function initialState(): RoomState {
  return {
    connection: { phase: 'connecting' },
    signedInUntil: null,
    position: null,
    needsHistory: true,
    entries: [],
    known: new Set(),
    refunded: new Set(),
    messages: [],
    donations: [],
    goals: [],
    sponsorship: null,
    balance: null,
    viewers: null,
  };
}

export function reduce(state: RoomState, event: StateEvent): RoomState {
  switch (event.type) {
    case 'connecting':
      return { ...state, connection: { phase: 'connecting' } };
    case 'waiting':
      return { ...state, connection: { phase: 'waiting', retryAt: event.retryAt, code: event.code } };
    case 'closed':
      return { ...state, connection: { phase: 'closed', code: event.code } };
    case 'signed_in':
      return { ...state, signedInUntil: event.until };
    case 'subscribed':
      return subscribed(state, event.position, event.recovered);
    case 'position':
      return { ...state, position: furthest(state.position, event.position) };
    case 'frames':
      return event.events.reduce((before, frame) => applyFrame(before, frame, true), state);
    case 'history': {
      const merged = event.events.toReversed().reduce((before, frame) => applyFrame(before, frame, false), state);
      return { ...merged, needsHistory: false };
    }
    case 'goals_read':
      return { ...state, goals: readGoals(state.goals, event.open, event.ended) };
    case 'sponsorship_read':
      return { ...state, sponsorship: readAnew(state.sponsorship, event.sponsorship) };
    case 'account_read':
      return accountRead(state, event.balance, event.currency, event.askedAtVersion);
    case 'viewers_read':
      return { ...state, viewers: event.count };
    case 'message_sending':
    case 'donation_sending':
    case 'accepted':
    case 'failed':
    case 'dismissed':
    case 'donation_settled':
      return { ...state, ...reduceIntention(state, event) };
    default:
      return event satisfies never;
  }
}

/**
 * The subscription's own position counts only where nothing is about to follow it: while missed frames are on their
 * way they move it themselves, so a connection that breaks between them misses none.
 */
function subscribed(state: RoomState, position: Position, recovered: boolean): RoomState {
  const isResumed = recovered && state.position?.epoch === position.epoch;
  return {
    ...state,
    connection: { phase: 'live' },
    position: isResumed ? state.position : position,
    needsHistory: state.needsHistory || !recovered,
  };
}

/** One event, once per id. What the history gives is no news: it moves no position. */
function applyFrame(state: RoomState, event: RoomEvent, isLive: boolean): RoomState {
  const moved = isLive ? { ...state, position: advance(state.position, event.seq) } : state;
  const marked = event.kind === 'donate' && event.refunded ? withRefund(moved, event.id) : moved;
  if (state.known.has(event.id)) return marked;
  const known = remember(moved.known, event.id);
  return withoutOwn(applyEvent({ ...marked, known }, event, isLive), event);
}

function applyEvent(state: RoomState, event: RoomEvent, isLive: boolean): RoomState {
  switch (event.kind) {
    case 'message':
      return withEntry(state, event, isLive);
    case 'donate':
      return withEntry(state, { ...event, refunded: state.refunded.has(event.id) }, isLive);
    case 'sponsor':
      return {
        ...withEntry(state, event, isLive),
        sponsorship: toldSponsorship(state.sponsorship, event.sponsorship),
      };
    case 'goal':
      return { ...withEntry(state, event, isLive), goals: withGoal(state.goals, event.goal) };
    case 'balance': {
      const isOlder = (state.balance?.version ?? -1) >= event.version;
      const { balance: sum, currency, version } = event;
      return isOlder ? state : { ...state, balance: { sum, currency, version } };
    }
    case 'donate_refunded':
      return withRefund(state, event.donateId);
    case 'donate_rejected':
      return state;
    default:
      return event satisfies never;
  }
}

/** Marks a donation, shown already or only later, as given back. */
function withRefund(state: RoomState, donateId: string): RoomState {
  const entries = state.entries.map((entry) => (entry.id === donateId ? { ...entry, refunded: true } : entry));
  return { ...state, entries, refunded: remember(state.refunded, donateId) };
}

/** What the room has shown, or refused, is no longer on its way. */
function withoutOwn(state: RoomState, event: RoomEvent): RoomState {
  if (event.kind === 'donate_rejected') {
    const { donateId: id, reason } = event;
    return {
      ...state,
      ...reduceIntention(state, { type: 'donation_settled', id, status: 'rejected', reason }),
    };
  }
  if (event.kind !== 'message' && event.kind !== 'donate') return state;
  return {
    ...state,
    messages: state.messages.filter((message) => message.id !== event.id),
    donations: state.donations.filter((donation) => donation.id !== event.id),
  };
}

function withEntry(state: RoomState, event: RoomEvent & { refunded?: boolean }, isLive: boolean): RoomState {
  if (!isEntry(event)) return state;
  const epoch = isLive ? state.position?.epoch : undefined;
  return { ...state, entries: place(state.entries, epoch === undefined ? event : { ...event, epoch }) };
}

/** A sum that was asked for before the newest frame came is older than that frame. */
function accountRead(state: RoomState, sum: string, currency: string, askedAt: number | null): RoomState {
  const version = state.balance?.version ?? null;
  return version === askedAt ? { ...state, balance: { sum, currency, version } } : state;
}

function advance(position: Position | null, seq: number | undefined): Position | null {
  return position && seq !== undefined && seq > position.seq ? { ...position, seq } : position;
}

function furthest(standing: Position | null, next: Position): Position {
  return standing && standing.epoch === next.epoch && standing.seq > next.seq ? standing : next;
}
