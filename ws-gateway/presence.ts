import { errorText } from '../shared/errors.ts';
import type { Logger } from '../shared/logger.ts';
import type { Redis } from '../shared/redis.ts';
import { lease, release } from '../shared/registry.ts';
import type { Connection } from './connection.ts';
import { metrics } from './metrics.ts';

/**
 * Writes this gateway's connections into the register, for those who ask whose a connection is and who is in a room.
 * Nothing is delivered by it, so Redis being away stops nobody: the next renewal writes everything anew.
 */
export interface Presence {
  /** Resolves when written, or when that has failed. */
  lease(connection: Connection): Promise<void>;
  /** The connection stays, but has left a room. */
  leaveRoom(connection: Connection, topic: string): Promise<void>;
  /** @param topics those it was in at its end */
  release(connection: Connection, topics: readonly string[]): Promise<void>;
}

/** A lease lasts 60 s, so two renewals may fail before one is lost. */
export const RENEW_LEASE_MS = 20_000;
const COMPLAIN_EVERY_MS = 10_000;

export interface PresenceOptions {
  readonly redis: Redis;
  readonly namespace: string;
  readonly boot: string;
  readonly log: Logger;
}

export function keepPresence({ redis, namespace, boot, log }: PresenceOptions): Presence {
  let complainedAtMs = 0;
  const quietly = async (write: Promise<void>) => {
    try {
      await write;
    } catch (error) {
      metrics.leasesFailed.inc();
      if (Date.now() - complainedAtMs < COMPLAIN_EVERY_MS) return;
      complainedAtMs = Date.now();
      log.warn({ reason: errorText(error) }, 'the register of connections is not written for now');
    }
  };
  const write = async (connection: Connection) => {
    if (!connection.caller) return;
    connection.leasedAtMs = Date.now();
    const { subject, type, name } = connection.caller;
    const rooms = roomsOf([...connection.topics]);
    await quietly(lease(redis, namespace, connection.id, { subject, type, name, boot }, rooms, Date.now()));
  };
  const erase = async (connection: Connection, topics: readonly string[]) => {
    if (!connection.subject) return;
    await quietly(release(redis, namespace, connection.id, connection.subject, roomsOf(topics)));
  };
  return {
    lease: write,
    release: erase,
    async leaveRoom(connection, topic) {
      // Both go down the same connection to Redis in this order: erased with the room, then written without it.
      const erased = erase(connection, [topic]);
      await Promise.all([erased, write(connection)]);
    },
  };
}

function roomsOf(topics: readonly string[]): string[] {
  return topics.filter((topic) => topic.startsWith('room:')).map((topic) => topic.slice('room:'.length));
}
