import type { Database } from '../../shared/database.ts';
import { AppError } from '../../shared/errors.ts';
import type { ServiceOptions } from '../../shared/service.ts';
import { type CachedHistory, lookUpHistory, storeHistory } from './history-cache.ts';
import type { PlacedEvent } from './room-event.ts';
import { recentPrivateEvents, recentPublicEvents, recentSubjects } from './tables/room-events.ts';

export const WINDOW_MS = 10 * 60_000;
export const MAXIMUM_EVENTS = 20;
/** Rooms and people whose events may be read at once while Redis is away. */
const MAXIMUM_UNCACHED_READS = 50;

type Options = Pick<ServiceOptions, 'database' | 'redis' | 'namespace' | 'clock'>;

/** What happened in a room lately, newest first, as one person may see it: JSON texts of events. */
export type ReadHistory = (ownerId: string, subject: string) => Promise<string[]>;

/**
 * Reads through the cache (history-cache.ts). Only public events are ever stored under a room's key; private ones are
 * read for each person who has some. Where Redis is away the database answers, for 50 readers at a time.
 */
export function createHistory({ database, redis, namespace, clock }: Options): ReadHistory {
  const flights = new Map<string, Promise<CachedHistory>>();
  let uncachedReads = 0;

  /** Joined only under the same token: whoever asks after a commit is not answered from before it. */
  const load = (ownerId: string, token: string, since: Date) => {
    const flight = `${ownerId} ${token}`;
    const reading = flights.get(flight) ?? readHistory(database, ownerId, since).finally(() => flights.delete(flight));
    flights.set(flight, reading);
    return reading;
  };
  const fill = async (ownerId: string, token: string, since: Date) => {
    const history = await load(ownerId, token, since);
    // What could not be stored is read again the next time.
    await storeHistory(redis, namespace, ownerId, token, history).catch(() => undefined);
    return history;
  };
  const answer = async ({ events, readers }: CachedHistory, ownerId: string, subject: string, since: Date) => {
    const hasPrivate = readers === null || readers.includes(subject);
    const own = hasPrivate ? await recentPrivateEvents(database, ownerId, subject, since, MAXIMUM_EVENTS) : [];
    return mergeEvents(events, own, since).map((event) => event.body);
  };
  return async (ownerId, subject) => {
    const since = new Date(clock.now().getTime() - WINDOW_MS);
    const lookup = await lookUpHistory(redis, namespace, ownerId).catch(() => null);
    if (lookup) {
      const history = lookup.kind === 'hit' ? lookup.history : await fill(ownerId, lookup.token, since);
      return answer(history, ownerId, subject, since);
    }
    if (uncachedReads >= MAXIMUM_UNCACHED_READS) throw busy();
    uncachedReads++;
    try {
      return await answer(await load(ownerId, '', since), ownerId, subject, since);
    } finally {
      uncachedReads--;
    }
  };
}

function busy(): AppError {
  return new AppError('history-busy', 'too many histories are read without the cache', { retriable: true });
}

/** From the primary: a replica could be behind the commit that made this read necessary. */
async function readHistory(database: Database, ownerId: string, since: Date): Promise<CachedHistory> {
  const [events, readers] = await Promise.all([
    recentPublicEvents(database, ownerId, since, MAXIMUM_EVENTS),
    recentSubjects(database, ownerId, since),
  ]);
  return { events, readers };
}

/** The newest 20 of public and private events within the window, in the room's order, newest first. */
export function mergeEvents(
  publicEvents: readonly PlacedEvent[],
  privateEvents: readonly PlacedEvent[],
  since: Date,
): PlacedEvent[] {
  return [...publicEvents, ...privateEvents]
    .filter((event) => event.atMs >= since.getTime())
    .sort((one, other) => other.position - one.position)
    .slice(0, MAXIMUM_EVENTS);
}
