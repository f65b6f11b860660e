import type { Logger } from 'pino';
import type { Transaction } from './database.ts';
import type { Received } from './event.ts';
import type { EventName, Payload } from './events/catalogue.ts';
import type { Frame } from './frame.ts';
import type { DatabaseGroup } from './groups.ts';
import type { Redis } from './redis.ts';

/**
 * What became of one event. A refusal that belongs to the business (no cover) is an event of its own, not an outcome.
 * - done: its effect is in the database
 * - skip: nothing to do, and that is right; the reason is counted
 * - dead-letter: this code says that the record can never be handled
 */
export type Outcome =
  | { readonly kind: 'done' }
  | { readonly kind: 'skip'; readonly reason: string }
  | { readonly kind: 'dead-letter'; readonly reason: string };

export const done: Outcome = { kind: 'done' };
export const skip = (reason: string): Outcome => ({ kind: 'skip', reason });
export const deadLetter = (reason: string): Outcome => ({ kind: 'dead-letter', reason });

/** What a database listener may use inside the batch's one transaction. */
export interface Io {
  readonly tx: Transaction;
  readonly now: Date;
  /**
   * Puts an event into the outbox of this transaction. Its id is derived from `cause` and `name` (or `idName`, where a
   * cause has several of one name), so that running the cause again emits nothing new.
   */
  emit<N extends EventName>(
    cause: { readonly id: string },
    name: N,
    payload: Payload<N>,
    options?: { id?: string },
  ): void;
}

/** What a database listener may use after the commit. */
export interface AfterIo {
  readonly redis: Redis;
  readonly namespace: string;
  readonly log: Logger;
}

/**
 * A listener that works in its group's database, one transaction a batch. Events arrive in the order of the log, each
 * id once; `handle` sees only those whose effect is not there yet and answers one outcome for each, in order. Listeners
 * that share one `handle` are one that hears several events, under one name and `applied`: it is given them together,
 * and so can lock what they all need in one order.
 */
export interface DatabaseListener<N extends EventName = EventName> {
  readonly name: string;
  readonly group: DatabaseGroup;
  readonly event: N;
  /** Ids of the given events whose effect is already in the database. */
  applied(tx: Transaction, events: readonly Received<N>[]): Promise<ReadonlySet<string>>;
  /** Load, decide, write, emit. Nothing but the database is touched here. */
  handle(events: readonly Received<N>[], io: Io): Promise<readonly Outcome[]>;
  /** After the commit, and again for duplicates: the last crash may have been just before it. Must bear repetition. */
  after?(events: readonly Received<N>[], io: AfterIo): Promise<void>;
}

/** A listener that only turns an event into frames on the way to the gateways: pure. */
export interface FrameListener<N extends EventName = EventName> {
  readonly name: string;
  readonly group: 'queue-to-ws';
  readonly event: N;
  frames(event: Received<N>): readonly Frame[];
}

export type Listener<N extends EventName = EventName> = DatabaseListener<N> | FrameListener<N>;

/** Event → who hears it. An event that nobody hears says so with `[]`; a missing or misspelt one does not compile. */
export type ListenerMap = { readonly [N in EventName]: readonly Listener<N>[] };
