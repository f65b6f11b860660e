import type { Clock } from '../../shared/clock.ts';
import type { CrashPoint, CrashPointName } from '../../shared/crash-point.ts';
import type { Database, Transaction } from '../../shared/database.ts';
import { invariant } from '../../shared/errors.ts';
import { encodeEvent, type Received } from '../../shared/event.ts';
import type { EventName } from '../../shared/events/catalogue.ts';
import type { DatabaseGroup } from '../../shared/groups.ts';
import { derivedId } from '../../shared/ids.ts';
import type { AfterIo, DatabaseListener, Io, Outcome } from '../../shared/listener.ts';
import { insertOutbox, type OutboxEntry } from '../../shared/outbox.ts';
import { metrics } from './metrics.ts';

export type Result = Outcome | { readonly kind: 'duplicate' };

/** One event of a slice with what became of it. */
export interface Handled {
  readonly event: Received;
  readonly listener: string;
  readonly result: Result;
}

/** What a group's slices run on. */
export interface SliceContext {
  readonly group: DatabaseGroup;
  readonly database: Database;
  /** The group's listeners by the one event that each hears. */
  readonly listeners: ReadonlyMap<EventName, DatabaseListener>;
  readonly after: AfterIo;
  readonly clock: Clock;
  readonly crashPoint: CrashPoint;
  /** Called after a commit that has put events into the outbox. */
  onEmitted(): void;
}

/**
 * Handles events of one partition in one transaction: BEGIN; for each run of consecutive events of one listener: drop
 * those whose effect is already there, let the listener handle the rest; write the outbox; COMMIT. Then the effects
 * after the commit, for duplicates too: the last crash may have been just before them. Once this has resolved, the
 * offset may move; run again, it changes nothing.
 */
export async function runSlice(context: SliceContext, events: readonly Received[]): Promise<readonly Handled[]> {
  const pass = (point: CrashPointName) =>
    context.crashPoint(point, context.group, () => listenersAtWork(context, events));
  pass('before-dedup');
  const { handled, emitted } = await context.database.transaction((tx) => applyAll(context, tx, events));
  pass('after-commit');
  if (emitted > 0) context.onEmitted();
  await runAfter(context, handled);
  pass('after-post-effects');
  return handled;
}

/** The names of those that the events are for. */
export function listenersAtWork(
  { listeners }: { readonly listeners: ReadonlyMap<EventName, { readonly name: string }> },
  events: readonly Received[],
): string[] {
  return events.flatMap(({ name }) => listeners.get(name)?.name ?? []);
}

async function applyAll(context: SliceContext, tx: Transaction, events: readonly Received[]) {
  const emissions: OutboxEntry[] = [];
  const io = createIo(context, tx, events, emissions);
  const handled: Handled[] = [];
  const seen = new Map<string, Received>();
  for (const run of runsOf(context, events)) handled.push(...(await applyRun(context, io, run, seen)));
  await insertOutbox(tx, emissions);
  return { handled, emitted: emissions.length };
}

interface Run {
  readonly listener: DatabaseListener;
  readonly events: Received[];
}

/** Consecutive events of one `handle`, in the order of the log. */
function runsOf(context: SliceContext, events: readonly Received[]): Run[] {
  const runs: Run[] = [];
  for (const event of events) {
    const listener = context.listeners.get(event.name);
    invariant(listener, `${context.group} does not hear ${event.name}`);
    const last = runs.at(-1);
    if (last?.listener.handle === listener.handle) last.events.push(event);
    else runs.push({ listener, events: [event] });
  }
  return runs;
}

async function applyRun(
  context: SliceContext,
  io: Io,
  { listener, events }: Run,
  seen: Map<string, Received>,
): Promise<Handled[]> {
  const fresh = events.filter((event) => isFirst(listener.name, event, seen));
  const applied = await listener.applied(io.tx, fresh);
  context.crashPoint('after-dedup', context.group, () => [listener.name]);
  const open = fresh.filter((event) => !applied.has(event.id));
  const outcomes =
    open.length > 0 ? await listener.handle(open, { ...io, tx: breakable(context, io.tx, listener) }) : [];
  invariant(outcomes.length === open.length, `${listener.name} answered ${outcomes.length} of ${open.length} events`);
  const byEvent = new Map(open.map((event, at) => [event, outcomes[at] as Outcome]));
  return events.map((event) => ({
    event,
    listener: listener.name,
    result: byEvent.get(event) ?? { kind: 'duplicate' },
  }));
}

/** False for a second event of one id within the slice; the first stands, whatever the second's body says. */
function isFirst(listener: string, event: Received, seen: Map<string, Received>): boolean {
  const first = seen.get(`${listener} ${event.id}`);
  if (!first) {
    seen.set(`${listener} ${event.id}`, event);
    return true;
  }
  if (first.fingerprint !== event.fingerprint) metrics.conflictingDuplicates.inc({ listener });
  return false;
}

function createIo(context: SliceContext, tx: Transaction, events: readonly Received[], emissions: OutboxEntry[]): Io {
  const now = context.clock.now();
  const traceparents = new Map(events.map((event) => [event.id, event.traceparent]));
  return {
    tx,
    now,
    emit(cause, name, payload, options) {
      const id = options?.id ?? derivedId(cause.id, name);
      const traceparent = traceparents.get(cause.id) ?? undefined;
      const record = encodeEvent({ id, name, payload, source: `rostra/${context.group}`, time: now, traceparent });
      emissions.push({ eventId: id, record });
    },
  };
}

/** The transaction, with a place to crash at behind each change that the listener makes. */
function breakable(context: SliceContext, tx: Transaction, listener: DatabaseListener): Transaction {
  const select: Transaction['select'] = (sql, parameters) => tx.select(sql, parameters);
  return {
    select,
    async change(sql, parameters) {
      const changed = await tx.change(sql, parameters);
      context.crashPoint('mid-effect', context.group, () => [listener.name]);
      return changed;
    },
  };
}

async function runAfter(context: SliceContext, handled: readonly Handled[]): Promise<void> {
  for (const listener of context.listeners.values()) {
    if (!listener.after) continue;
    const own = handled.filter(({ event }) => context.listeners.get(event.name) === listener);
    const refused = new Set(own.filter((one) => one.result.kind === 'dead-letter').map((one) => one.event.id));
    const events = [...new Map(own.map((one) => [one.event.id, one.event])).values()];
    const kept = events.filter((event) => !refused.has(event.id));
    if (kept.length > 0) await listener.after(kept, context.after);
  }
}
