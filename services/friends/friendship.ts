/** What is between two people, and what either of them may make of it. Pure. */
export interface Pair {
  readonly state: 'none' | 'requested' | 'friends';
  /** Who asked; null unless `requested`. */
  readonly requestedBy: string | null;
  /** Who of the two blocks the other. While anybody does, the state is `none`. */
  readonly blockedBy: ReadonlySet<string>;
  /** The version of the last event between them; 0 before the first. */
  readonly version: number;
}

export type Command = 'request' | 'accept' | 'decline' | 'remove' | 'block' | 'unblock';

export type FriendshipEvent =
  'FriendRequestSent' | 'FriendAccepted' | 'FriendDeclined' | 'FriendRemoved' | 'PersonBlocked' | 'PersonUnblocked';

export type Refused =
  | 'already_friends'
  | 'already_requested'
  | 'blocks_other'
  | 'blocked_by_other'
  | 'own_request'
  | 'no_request'
  | 'no_friendship'
  | 'no_block';

export type Decision =
  | { readonly kind: 'changed'; readonly pair: Pair; readonly event: FriendshipEvent }
  /** It is so already, and nobody needs to hear of it again. */
  | { readonly kind: 'unchanged' }
  | { readonly kind: 'refused'; readonly why: Refused };

/** Two people between whom nothing has ever been. */
export const strangers: Pair = { state: 'none', requestedBy: null, blockedBy: new Set(), version: 0 };

/** Decides one command of one of the two. @param by whoever of the two commands */
export function decide(command: Command, pair: Pair, by: string): Decision {
  switch (command) {
    case 'request':
      return decideRequest(pair, by);
    case 'accept':
      return decideAnswer(pair, by, { state: 'friends', event: 'FriendAccepted' });
    case 'decline':
      return decideAnswer(pair, by, { state: 'none', event: 'FriendDeclined' });
    case 'remove':
      return decideRemoval(pair, by);
    case 'block':
      return decideBlock(pair, by);
    case 'unblock':
      return decideUnblock(pair, by);
  }
}

/** Whoever asks a person that has asked them already agrees. */
function decideRequest(pair: Pair, by: string): Decision {
  if (pair.blockedBy.has(by)) return refuse('blocks_other');
  if (pair.blockedBy.size > 0) return refuse('blocked_by_other');
  if (pair.state === 'friends') return refuse('already_friends');
  if (pair.state === 'none') return change(pair, 'FriendRequestSent', { state: 'requested', requestedBy: by });
  if (pair.requestedBy === by) return refuse('already_requested');
  return change(pair, 'FriendAccepted', { state: 'friends' });
}

/** Only the one who was asked answers. */
function decideAnswer(
  pair: Pair,
  by: string,
  { state, event }: { state: 'friends' | 'none'; event: FriendshipEvent },
): Decision {
  if (pair.state !== 'requested') return refuse('no_request');
  if (pair.requestedBy === by) return refuse('own_request');
  return change(pair, event, { state });
}

/** Ends a friendship, or takes the caller's own request back. */
function decideRemoval(pair: Pair, by: string): Decision {
  if (pair.state === 'friends') return change(pair, 'FriendRemoved', { state: 'none' });
  if (pair.state === 'requested' && pair.requestedBy === by) return change(pair, 'FriendDeclined', { state: 'none' });
  return refuse('no_friendship');
}

/** A block ends whatever was there; its event alone says so. */
function decideBlock(pair: Pair, by: string): Decision {
  if (pair.blockedBy.has(by)) return { kind: 'unchanged' };
  return change(pair, 'PersonBlocked', { state: 'none', blockedBy: new Set([...pair.blockedBy, by]) });
}

function decideUnblock(pair: Pair, by: string): Decision {
  if (!pair.blockedBy.has(by)) return refuse('no_block');
  const blockedBy = new Set([...pair.blockedBy].filter((who) => who !== by));
  return change(pair, 'PersonUnblocked', { state: pair.state, blockedBy });
}

type Next = Pick<Pair, 'state'> & Partial<Pick<Pair, 'requestedBy' | 'blockedBy'>>;

function change({ blockedBy, version }: Pair, event: FriendshipEvent, next: Next): Decision {
  return { kind: 'changed', event, pair: { requestedBy: null, blockedBy, ...next, version: version + 1 } };
}

function refuse(why: Refused): Decision {
  return { kind: 'refused', why };
}
