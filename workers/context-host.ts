import { type Database, openDatabase } from '../shared/database.ts';
import { errorText } from '../shared/errors.ts';
import type { Check } from '../shared/health.ts';
import type { Producer } from '../shared/kafka.ts';
import type { Logger } from '../shared/logger.ts';
import { outboxChannel } from '../shared/outbox.ts';
import { startRelay } from '../shared/relay.ts';
import type { Redis } from '../shared/redis.ts';
import { purgeRuntimeTables } from '../shared/runtime-tables.ts';

const PURGE_EVERY_MS = 3_600_000;

export interface ContextHostOptions {
  readonly url: string;
  readonly connections: number;
  /** The relay's own: one batch in flight, since its order matters. */
  readonly producer: Producer;
  readonly redis: Redis;
  readonly subscriber: Redis;
  readonly log: Logger;
  readonly afterAck: () => void;
}

/** A context's database with its relay, as a worker process hosts them. */
export interface ContextHost {
  readonly database: Database;
  /** Something was committed to the outbox: wakes the relay, here or in whichever process it is active. */
  wakeRelay(): void;
  readonly checks: { readonly database: Check; readonly relay: Check };
  /** Stops the relay; then nothing of this context is sent from here. */
  stopRelay(): Promise<void>;
  close(): Promise<void>;
}

export function hostContext(options: ContextHostOptions): ContextHost {
  const { url, redis, subscriber, producer, log, afterAck } = options;
  const database = openDatabase(url, options.connections);
  const relay = startRelay({ databaseUrl: url, producer, log, afterAck });
  const channel = outboxChannel(database.name);
  subscriber.on('message', (from) => void (from === channel && relay.wake()));
  // Waits for Redis as long as it takes; the relay looks four times a second by itself.
  subscriber.subscribe(channel).catch((error: unknown) => log.warn({ reason: errorText(error) }, 'not subscribed'));
  const purging = setInterval(() => {
    purgeRuntimeTables(database).catch((error: unknown) => log.warn({ reason: errorText(error) }, 'not purged'));
  }, PURGE_EVERY_MS);
  return {
    database,
    wakeRelay() {
      if (relay.isActive()) relay.wake();
      else redis.publish(channel, '').catch(() => undefined);
    },
    checks: {
      database: async () => void (await database.select('SELECT 1')),
      relay() {
        const failure = relay.failure();
        if (failure !== null) throw new Error(failure);
      },
    },
    stopRelay: () => relay.stop(),
    async close() {
      clearInterval(purging);
      await database.close();
    },
  };
}
