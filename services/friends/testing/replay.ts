import { invariant } from '../../../shared/errors.ts';
import { type Command, decide, type FriendshipEvent, type Pair, strangers } from '../friendship.ts';

/** An event between two people as a consumer of the log has it. */
export interface Told {
  readonly name: FriendshipEvent;
  readonly by: string;
  readonly version: number;
}

/**
 * What two people are to each other after these events, found by putting to the rules the one command that may have made
 * each. @throws where an event could not have followed from those before it, or a version is left out
 */
export function replay(events: readonly Told[]): Pair {
  return events.reduce((pair, { name, by, version }) => {
    const decision = decide(commandOf(name, by, pair), pair, by);
    invariant(decision.kind === 'changed' && decision.event === name, `${name} does not follow from ${pair.state}`);
    invariant(decision.pair.version === version, `version ${version} follows ${pair.version}`);
    return decision.pair;
  }, strangers);
}

function commandOf(name: FriendshipEvent, by: string, pair: Pair): Command {
  switch (name) {
    case 'FriendRequestSent':
      return 'request';
    case 'FriendAccepted':
      return 'accept';
    case 'FriendDeclined':
      return pair.requestedBy === by ? 'remove' : 'decline';
    case 'FriendRemoved':
      return 'remove';
    case 'PersonBlocked':
      return 'block';
    case 'PersonUnblocked':
      return 'unblock';
  }
}
