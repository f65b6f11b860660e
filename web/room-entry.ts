import type { RoomSession } from './room-session.ts';
import type { SessionKeeper } from './session.ts';
import { signInAddress } from './site.ts';
import type { SignInOffer } from './status.ts';
import { decodeToken, keepToken, takeToken, tokenFault, type Identity, type TokenFault } from './token.ts';

/** Who enters a room: by a token of the streaming site's, as the person who has signed in here, or as nobody. */
export interface Entrance {
  token: string | null;
  identity: Identity | null;
  /** Why the token can't be right, as far as the page sees it. */
  fault: TokenFault | null;
  signIn: SignInOffer;
  /** Where whoever is nobody goes while the room is not open to all. */
  shutOut: string;
}

/** A token in the address wins over everything, and one that the tab keeps over the session, while it can be right. */
export async function whoEnters(ownerId: string, keeper: SessionKeeper): Promise<Entrance> {
  const isGiven = location.hash.startsWith('#token=');
  const token = takeToken(ownerId);
  const fault = tokenFault(token ?? '', Date.now());
  if (token !== null && (isGiven || fault === null || keeper.current() === null)) return byToken(ownerId, token, fault);
  keepToken(ownerId, null);
  const signIn: SignInOffer = { by: 'account', url: signInAddress('../') };
  const session = (await keeper.usable()) ?? keeper.current();
  const identity = session && decodeToken(session.token);
  const entrance = { signIn, shutOut: signIn.url };
  if (!session || !identity) return { ...entrance, token: null, identity: null, fault: 'missing' };
  return { ...entrance, token: session.token, identity, fault: null };
}

function byToken(ownerId: string, token: string, fault: TokenFault | null): Entrance {
  const identity = decodeToken(token);
  if (!identity) keepToken(ownerId, null);
  const url = `../?room=${ownerId}`;
  return {
    ...{ token: identity && token, identity, fault },
    signIn: { by: 'token', url },
    shutOut: `${url}&why=${fault}`,
  };
}

/** What becomes of the session, in this tab or another, becomes of the room. @param uuid who is in the room */
export function followSession(keeper: SessionKeeper, room: RoomSession, uuid: string): void {
  let used = keeper.current()?.token ?? '';
  let wasRefused = false;
  keeper.onChange((session) => {
    if (!session) return room.signedOut();
    used = session.token;
    if (session.uuid !== uuid || !room.renew(session.token)) location.reload();
  });
  room.store.onChange(() => {
    const { connection } = room.store.state();
    const isRefused = connection.phase === 'closed' && connection.code === 4401;
    // The token has run out while the machine slept, or its session has ended: asked once, the answer comes as a change.
    if (isRefused && !wasRefused) void keeper.instead(used);
    wasRefused = isRefused;
  });
}
