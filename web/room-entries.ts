import type { RoomEvent } from './frames.ts';

/** The lines of the chat: a bounded list in the room's order, each id once. */

export const ENTRIES_LIMIT = 500;
/** More than the list holds, so that a line which has scrolled out isn't taken for a new one. */
export const KNOWN_IDS_LIMIT = 2_000;

/** Nothing is a line of the chat but what was said, given, reached or won there. */
export type Entry = Extract<RoomEvent, { kind: 'message' | 'donate' | 'goal' | 'sponsor' }> & {
  epoch?: string;
  refunded?: boolean;
};

export function isEntry(event: RoomEvent): event is Entry {
  return (
    event.kind === 'message' ||
    event.kind === 'donate' ||
    event.kind === 'sponsor' ||
    (event.kind === 'goal' && event.goal.ended)
  );
}

/**
 * Puts an entry where it belongs: by `seq` among those of its epoch, by time among the others. It is put in from the
 * end and what stands is never sorted again, so the room's one order stays even where clocks disagree.
 */
export function place(entries: readonly Entry[], entry: Entry): Entry[] {
  let index = entries.length;
  while (index > 0 && isAfter(entries[index - 1], entry)) index -= 1;
  return [...entries.slice(0, index), entry, ...entries.slice(index)].slice(-ENTRIES_LIMIT);
}

/** The set with one id more, the oldest ids forgotten over the limit. */
export function remember(known: ReadonlySet<string>, id: string): ReadonlySet<string> {
  const next = new Set(known).add(id);
  for (const oldest of next) {
    if (next.size <= KNOWN_IDS_LIMIT) break;
    next.delete(oldest);
  }
  return next;
}

function isAfter(standing: Entry | undefined, entry: Entry): boolean {
  if (!standing) return false;
  const isSameEpoch = standing.epoch !== undefined && standing.epoch === entry.epoch;
  if (isSameEpoch && standing.seq !== undefined && entry.seq !== undefined) return standing.seq > entry.seq;
  return Date.parse(standing.createdAt) > Date.parse(entry.createdAt);
}
