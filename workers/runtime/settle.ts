import type { Clock } from '../../shared/clock.ts';
import { encodeDeadLetter, type SetAside } from '../../shared/dead-letters.ts';
import { errorText } from '../../shared/errors.ts';
import type { Decoded, Received } from '../../shared/event.ts';
import type { EventName } from '../../shared/events/catalogue.ts';
import type { GroupName } from '../../shared/groups.ts';
import type { InRecord, Producer } from '../../shared/kafka.ts';
import type { Logger } from '../../shared/logger.ts';
import { splitBySize } from '../../shared/record-size.ts';
import { faultOf } from './faults.ts';
import { metrics } from './metrics.ts';
import { report } from './report.ts';
import type { Handled } from './slice.ts';
import { type Streak } from './streak.ts';
import type { Tries } from './tries.ts';

/** A record that the group hears, read. */
export interface Item {
  readonly record: InRecord;
  readonly name: EventName;
  readonly decoded: Decoded;
}

/**
 * What becomes of a slice of items:
 * - settled: every effect lasts, every dead letter is on the broker, the offset may move past all of them
 * - wait: up to `at` everything is settled; from there on it must be run again later
 * - stop: the same, but a person has to look first
 */
export type Verdict =
  | { readonly kind: 'settled' }
  | { readonly kind: 'wait'; readonly at: InRecord; readonly reason: string; readonly error?: unknown }
  | { readonly kind: 'stop'; readonly at: InRecord; readonly reason: string };

export interface SettleContext {
  readonly group: GroupName;
  readonly log: Logger;
  readonly clock: Clock;
  /** Listeners' names by the event that each hears. */
  readonly listenerOf: ReadonlyMap<EventName, string>;
  /** Handles events of one partition in their order; once it has resolved, their effects last. */
  execute(events: readonly Received[]): Promise<readonly Handled[]>;
  readonly producer: Producer;
  readonly tries: Tries;
  readonly streak: Streak;
  /** Ends the process; its supervisor starts it anew, with nothing of its memory. */
  crash(error: unknown): void;
  /** Called after each item that was settled alone. */
  onProgress(record: InRecord): void;
}

const TRIES_BEFORE_CRASH = 3;
const settled: Verdict = { kind: 'settled' };

/** Settles items together; where one of them fails, one by one, so that the others do not suffer for it. */
export async function settle(context: SettleContext, items: readonly Item[]): Promise<Verdict> {
  const [first] = items;
  if (!first) return settled;
  try {
    const events = items.flatMap(({ decoded }) => (decoded.kind === 'event' ? [decoded.event] : []));
    const handled = events.length > 0 ? await timed(context, events) : [];
    return await conclude(context, items, handled);
  } catch (error) {
    const fault = faultOf(error);
    if (fault === 'retriable') return { kind: 'wait', at: first.record, reason: errorText(error), error };
    if (items.length > 1) return settleOneByOne(context, items);
    return fault === 'refused' ? refuse(context, first, error) : tryAgain(context, first, error);
  }
}

async function settleOneByOne(context: SettleContext, items: readonly Item[]): Promise<Verdict> {
  for (const item of items) {
    const verdict = await settle(context, [item]);
    if (verdict.kind !== 'settled') return verdict;
    context.onProgress(item.record);
  }
  return settled;
}

async function timed(context: SettleContext, events: readonly Received[]): Promise<readonly Handled[]> {
  const stop = metrics.handling.startTimer({ group: context.group });
  return context.execute(events).finally(stop);
}

/** Sets aside what cannot be handled, in the order of the log, before the offset may move past it. */
async function conclude(context: SettleContext, items: readonly Item[], handled: readonly Handled[]): Promise<Verdict> {
  const letters: SetAside[] = [];
  const results = handled.values();
  for (const item of items) {
    if (item.decoded.kind !== 'event') {
      // A record that nobody could have read says nothing about our code: it is no part of a streak.
      letters.push(letterOf(context, item, item.decoded.reason));
      continue;
    }
    const { result } = results.next().value as Handled;
    if (result.kind === 'done') context.streak.end();
    if (result.kind !== 'dead-letter') continue;
    if (context.streak.grows(item.record.key)) {
      await setAside(context, letters);
      return stopAt(item, result.reason);
    }
    letters.push(letterOf(context, item, result.reason));
  }
  await setAside(context, letters);
  report(context, handled);
  return settled;
}

async function refuse(context: SettleContext, item: Item, error: unknown, tries = 1): Promise<Verdict> {
  if (context.streak.grows(item.record.key)) return stopAt(item, errorText(error));
  return orWait(item, () => setAside(context, [letterOf(context, item, errorText(error), error, tries)]));
}

/** An unknown error: three tries, one crash in case it is the process that is ill, and only then a dead letter. */
async function tryAgain(context: SettleContext, item: Item, error: unknown): Promise<Verdict> {
  const listener = listenerName(context, item);
  const eventId = item.decoded.kind === 'event' ? item.decoded.event.id : '';
  let tries = 0;
  const counted = await orWait(item, async () => {
    tries = await context.tries.add(listener, eventId, errorText(error));
  });
  if (counted.kind !== 'settled') return counted;
  context.log.error({ err: error, event: item.name, eventId, tries }, 'an event failed with an unknown error');
  if (tries <= TRIES_BEFORE_CRASH) {
    if (tries === TRIES_BEFORE_CRASH) context.crash(error);
    return { kind: 'wait', at: item.record, reason: `try ${tries}: ${errorText(error)}`, error };
  }
  const verdict = await refuse(context, item, error, tries);
  if (verdict.kind !== 'settled') return verdict;
  return orWait(item, () => context.tries.clear(listener, eventId));
}

/** Runs a step of the runtime's own; where its infrastructure is away, the item waits. */
async function orWait(item: Item, step: () => Promise<void>): Promise<Verdict> {
  try {
    await step();
    return settled;
  } catch (error) {
    return { kind: 'wait', at: item.record, reason: errorText(error), error };
  }
}

async function setAside(context: SettleContext, letters: readonly SetAside[]): Promise<void> {
  for (const request of splitBySize(letters.map(encodeDeadLetter))) await context.producer.send(request);
  for (const letter of letters) {
    const { listener, reason, tries, record } = letter;
    metrics.events.inc({ group: context.group, listener, outcome: 'dead-letter' });
    const place = `${record.topic}/${record.partition}/${record.offset}`;
    context.log.warn(
      { listener, reason, tries, place, eventId: record.headers['ce_id'] },
      'set aside as a dead letter',
    );
  }
}

function letterOf(context: SettleContext, item: Item, reason: string, error?: unknown, tries = 1): SetAside {
  return {
    record: item.record,
    group: context.group,
    listener: listenerName(context, item),
    reason,
    stack: error instanceof Error ? (error.stack ?? null) : null,
    tries,
    time: context.clock.now(),
  };
}

function listenerName(context: SettleContext, item: Item): string {
  return context.listenerOf.get(item.name) ?? item.name;
}

function stopAt(item: Item, reason: string): Verdict {
  return { kind: 'stop', at: item.record, reason: `dead letters of three keys in a row, the last: ${reason}` };
}
