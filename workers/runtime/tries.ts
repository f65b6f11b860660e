import type { Database } from '../../shared/database.ts';
import type { Redis } from '../../shared/redis.ts';

/** How often an event has failed with an unknown error, kept outside the process, since a crash is part of the count. */
export interface Tries {
  /** Counts one more and answers the sum. */
  add(listener: string, eventId: string, reason: string): Promise<number>;
  /** The event is settled. */
  clear(listener: string, eventId: string): Promise<void>;
}

const REASON_CHARACTERS = 255;
const REDIS_TTL_S = 86_400;

/** Kept in the group's own database. */
export function triesInDatabase(database: Database): Tries {
  return {
    add: (listener, eventId, reason) =>
      database.transaction(async (tx) => {
        await tx.change(
          'INSERT INTO listener_tries (listener, event_id, tries, reason, updated_at) VALUES (?, ?, 1, ?, NOW(6)) ' +
            'ON DUPLICATE KEY UPDATE tries = tries + 1, reason = VALUES(reason), updated_at = NOW(6)',
          [listener, eventId, reason.slice(0, REASON_CHARACTERS)],
        );
        const [row] = await tx.select('SELECT tries FROM listener_tries WHERE listener = ? AND event_id = ?', [
          listener,
          eventId,
        ]);
        return Number(row?.['tries']);
      }),
    async clear(listener, eventId) {
      await database.change('DELETE FROM listener_tries WHERE listener = ? AND event_id = ?', [listener, eventId]);
    },
  };
}

/** Kept in Redis, for a group without a database. Losing them means more tries, never fewer. */
export function triesInRedis(redis: Redis, namespace: string): Tries {
  const keyOf = (listener: string, eventId: string) => `${namespace}tries:${listener}:${eventId}`;
  return {
    async add(listener, eventId) {
      const key = keyOf(listener, eventId);
      const [tries] = await Promise.all([redis.incr(key), redis.expire(key, REDIS_TTL_S)]);
      return tries;
    },
    async clear(listener, eventId) {
      await redis.del(keyOf(listener, eventId));
    },
  };
}
