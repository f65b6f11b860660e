import type { Clock } from './clock.ts';
import type { Database } from './database.ts';
import type { Logger } from './logger.ts';
import type { Redis } from './redis.ts';

/** What the host gives a context's service to answer its questions with. */
export interface ServiceOptions {
  readonly database: Database;
  /** The read replica, or the primary where there is none. */
  readonly replica: Database;
  readonly redis: Redis;
  readonly namespace: string;
  readonly currency: string;
  readonly clock: Clock;
  readonly log: Logger;
  /** To be called after a commit that wrote to the outbox: wakes the relay, wherever it runs. */
  committed(): void;
}
