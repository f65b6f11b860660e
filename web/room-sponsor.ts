import type { RoomEvent, Sponsorship } from './frames.ts';

/**
 * The room's top sponsor. `change_sponsor` tells the total at the change and nothing tells of what the holder gives
 * afterwards; nor can it be added up here, since a total that was read doesn't say up to which donation it goes. So
 * the page asks again after every frame that may have moved it.
 */

/** A frame's total is that of its change: under an equal version what stands is at least as new. */
export function toldSponsorship(standing: Sponsorship | null, told: Sponsorship): Sponsorship {
  return standing && standing.version >= told.version ? standing : told;
}

/** A read total is as of reading: under an equal version it is newer than the frame, and than any read before it. */
export function readAnew(standing: Sponsorship | null, read: Sponsorship): Sponsorship {
  return standing && standing.version > read.version ? standing : read;
}

/**
 * True where the holder's total may be another than the one shown. After a change of the holder too: what they gave
 * between it and its frame is not in its total, and wasn't known to be theirs when it came.
 */
export function mayMoveTotal(standing: Sponsorship | null, event: RoomEvent): boolean {
  if (event.kind === 'sponsor') return true;
  if (event.kind === 'donate') return standing?.sponsor?.uuid === event.from.uuid;
  return event.kind === 'donate_refunded' && Boolean(standing?.sponsor);
}
