import { createApi, type Api } from './api.ts';
import type { Config } from './config.ts';
import { withoutPlace, type Frame, type RoomEvent } from './frames.ts';
import { createRoomActions, newKey, type RoomActions } from './room-actions.ts';
import { createRoomReads, type RoomReads } from './room-reads.ts';
import { createRoomSocket } from './room-socket.ts';
import { mayMoveTotal } from './room-sponsor.ts';
import { createRoomStore, type RoomStore } from './room-store.ts';
import { createSponsorReading, type SponsorReading } from './sponsor-reading.ts';
import { decodeToken, type Identity } from './token.ts';

/** One person in one room: the state, the socket that feeds it, and what the person can do. */
export interface RoomSession {
  store: RoomStore;
  actions: RoomActions;
  /** The streamer in their own room. */
  isOwner: boolean;
  connect(): void;
  /** Takes over a fresh token of the same person for the same room; false where it is another's. */
  renew(token: string): boolean;
  /** Nobody is signed in any more: closes, and leaves what was read and what is half written. */
  signedOut(): void;
}

export interface SessionOptions {
  config: Config;
  ownerId: string;
  token: string | null;
  identity: Identity | null;
  /** How the person's routes are asked; with the token unless given. */
  api?: Api;
}

/** Frames of one moment are shown together: a busy room costs one drawing, not one a frame. */
const GATHER_MS = 40;
/** The viewers who return with a streamer are there within seconds. */
const VIEWERS_FIRST_MS = [1_000, 3_000];
const VIEWERS_EVERY_MS = 5_000;

export function createRoomSession(options: SessionOptions): RoomSession {
  const { config, ownerId, identity } = options;
  const topic = `room:${ownerId}`;
  const store = createRoomStore();
  let { token } = options;
  const api = options.api ?? createApi(config.apiRoot, () => token);
  const reads = createRoomReads(api, store, ownerId);
  const sponsor = createSponsorReading(reads.sponsorship);
  const gather = createGathering(store, sponsor);
  const isOwner = identity !== null && isOwnerOf(ownerId, identity);
  const signedOut = () => socket.close(4401);

  const socket = createRoomSocket({
    url: config.socketUrl,
    token: () => token,
    topic,
    position: () => store.state().position,
    onConnecting: () => store.dispatch({ type: 'connecting' }),
    onWaiting: (retryAt, code) => store.dispatch({ type: 'waiting', retryAt, code }),
    onClosed: (code) => store.dispatch({ type: 'closed', code }),
    onFrame(frame) {
      if (frame.type === 'event') return gather.add(frame.topic === topic ? frame.event : withoutPlace(frame.event));
      gather.flush();
      if (frame.type === 'welcome' && identity) void register(api, frame.connectionId, signedOut);
      applyControl(frame, topic, store);
      if (frame.type !== 'subscribed' || frame.topic !== topic) return;
      catchUp(store, reads, sponsor, identity !== null);
      if (isOwner) void reads.viewers();
    },
  });
  const connect = () => {
    if ((store.state().signedInUntil ?? Infinity) <= Date.now()) signedOut();
    else socket.connect();
  };
  const renew = (fresh: string) => {
    const next = decodeToken(fresh);
    if (!next || !identity || !isSamePerson(identity, next, ownerId)) return false;
    token = fresh;
    store.dispatch({ type: 'signed_in', until: next.expiresAt });
    if (store.state().connection.phase === 'closed') connect();
    else socket.renew(fresh);
    return true;
  };
  if (identity) store.dispatch({ type: 'signed_in', until: identity.expiresAt });
  // A network that has come back carries none of the old connections: resuming is cheaper than finding that out.
  addEventListener('online', () => store.state().connection.phase !== 'closed' && connect());
  if (isOwner) countViewers(store, reads);
  const actions = createRoomActions(api, store, reads, ownerId, signedOut);
  return { store, actions, isOwner, connect, renew, signedOut };
}

/**
 * What the page shows hangs on these; a token that differs in one of them needs the page anew. Whoever opens a room of
 * their own while they are in another's is there as before.
 */
function isSamePerson(one: Identity, other: Identity, ownerId: string): boolean {
  const isSameRoom = roomClaimOf(one) === roomClaimOf(other);
  return one.sub === other.sub && isOwnerOf(ownerId, one) === isOwnerOf(ownerId, other) && isSameRoom;
}

function isOwnerOf(ownerId: string, { isUser, sub }: Identity): boolean {
  return isUser && sub === ownerId;
}

/** The room that a token names; one's own needs no naming. */
function roomClaimOf({ room, sub }: Identity): string | null {
  return room === sub ? null : room;
}

function applyControl(frame: Exclude<Frame, { type: 'event' }>, topic: string, store: RoomStore): void {
  if ((frame.type !== 'subscribed' && frame.type !== 'position') || frame.topic !== topic) return;
  const position = { epoch: frame.epoch, seq: frame.seq };
  if (frame.type === 'position') store.dispatch({ type: 'position', position });
  else store.dispatch({ type: 'subscribed', position, recovered: frame.recovered });
}

/** The person's own topic isn't resumed, so money is always asked for; the room only where it wasn't recovered. */
function catchUp(store: RoomStore, reads: RoomReads, sponsor: SponsorReading, isKnown: boolean): void {
  if (store.state().needsHistory) {
    void reads.history();
    void reads.goals();
    void sponsor.now();
  }
  if (!isKnown) return;
  void reads.account();
  for (const { id, state } of store.state().donations) {
    if (id && state === 'accepted') void reads.donation(id);
  }
}

async function register(api: Api, connectionId: string, onSignedOut: () => void): Promise<void> {
  const answer = await api.post('chat/connection/add', { connection_id: connectionId }, newKey());
  if (!answer.ok && answer.failure.status === 401) onSignedOut();
}

function countViewers(store: RoomStore, reads: RoomReads): void {
  const count = () => {
    if (store.state().connection.phase === 'live' && !document.hidden) void reads.viewers();
  };
  for (const delayMs of VIEWERS_FIRST_MS) setTimeout(count, delayMs);
  setInterval(count, VIEWERS_EVERY_MS);
  addEventListener('visibilitychange', count);
}

function createGathering(store: RoomStore, sponsor: SponsorReading) {
  let events: RoomEvent[] = [];
  let timer = 0;
  const flush = () => {
    clearTimeout(timer);
    timer = 0;
    if (events.length === 0) return;
    const gathered = events;
    events = [];
    store.dispatch({ type: 'frames', events: gathered });
    if (gathered.some((event) => mayMoveTotal(store.state().sponsorship, event))) sponsor.afterMove();
  };
  const add = (event: RoomEvent) => {
    events.push(event);
    if (timer === 0) timer = setTimeout(flush, GATHER_MS);
  };
  return { add, flush };
}
