import type { Clock } from '../../shared/clock.ts';
import type { CrashPoint, CrashPointName } from '../../shared/crash-point.ts';
import { header, type Received } from '../../shared/event.ts';
import type { EventName } from '../../shared/events/catalogue.ts';
import { encodeFrame } from '../../shared/frame.ts';
import type { OutRecord, Producer } from '../../shared/kafka.ts';
import { done, type FrameListener, skip } from '../../shared/listener.ts';
import { splitBySize } from '../../shared/record-size.ts';
import { metrics } from './metrics.ts';
import { type Handled, listenersAtWork } from './slice.ts';

/** What happened before this is history, and no longer shown to a live room (contract.md 3, rule 3). */
const WINDOW_MS = 10 * 60_000;

export interface FrameSliceContext {
  readonly listeners: ReadonlyMap<EventName, FrameListener>;
  readonly producer: Producer;
  readonly clock: Clock;
  readonly crashPoint: CrashPoint;
}

/**
 * Turns events of one partition into frames and has them acknowledged, in order, before the offset may move. Nothing
 * is kept: the same event gives frames of the same ids, and gateways and clients drop an id that they know. Events
 * older than the window are passed over, so that a late start never floods a live room.
 */
export async function runFrameSlice(
  context: FrameSliceContext,
  events: readonly Received[],
): Promise<readonly Handled[]> {
  const pass = (point: CrashPointName) =>
    context.crashPoint(point, 'queue-to-ws', () => listenersAtWork(context, events));
  pass('before-dedup');
  const oldestMs = context.clock.now().getTime() - WINDOW_MS;
  const records: OutRecord[] = [];
  const handled = events.map((event): Handled => {
    const listener = context.listeners.get(event.name) as FrameListener;
    if (event.time.getTime() < oldestMs) {
      metrics.skippedTooOld.inc({ listener: listener.name });
      return { event, listener: listener.name, result: skip('too old') };
    }
    records.push(...listener.frames(event).map((frame) => withTrace(encodeFrame(frame), event.traceparent)));
    return { event, listener: listener.name, result: done };
  });
  pass('mid-effect');
  for (const request of splitBySize(records)) await context.producer.send(request);
  pass('after-commit');
  return handled;
}

function withTrace(record: OutRecord, traceparent: string | null): OutRecord {
  return traceparent ? { ...record, headers: { ...record.headers, [header.traceparent]: traceparent } } : record;
}
