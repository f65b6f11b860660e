import { backoffMs } from '../../shared/clock.ts';
import { decodeEvent, header } from '../../shared/event.ts';
import { isEventName } from '../../shared/events/catalogue.ts';
import type { Batch, InRecord } from '../../shared/kafka.ts';
import { metrics } from './metrics.ts';
import { type Item, settle, type SettleContext, type Verdict } from './settle.ts';

/** Records a transaction: a few at low lag, so that the first does not wait for the last; many when there is a backlog. */
const SLICE_RECORDS = 100;
const SLICE_RECORDS_UNDER_LAG = 500;
const LAG_RECORDS = 1_000;

const PAUSE_MINIMUM_MS = 100;
const PAUSE_BASE_MS = 200;
const PAUSE_MAXIMUM_MS = 10_000;
const HEARTBEAT_MS = 1_000;

export interface BatchContext extends Omit<SettleContext, 'onProgress'> {
  isStopped(): boolean;
  /** The group handles nothing more until a person has looked. */
  stop(reason: string): void;
}

/**
 * Handles batches of a group: slice after slice, each settled before the offset moves past it. A partition whose
 * infrastructure is away pauses and resumes by timer, so that it holds no slot that the other partitions need.
 */
export function createBatchHandler(context: BatchContext): (batch: Batch) => Promise<void> {
  const pauses = createPauses(context);
  return async (batch) => {
    for (const records of slices(batch)) {
      if (context.isStopped() || batch.isStale()) return;
      const verdict = await keptAlive(batch, () => settleSlice(context, batch, records));
      const last = verdict.kind === 'settled' ? (records.at(-1) as InRecord).offset : verdict.at.offset - 1n;
      if (last >= (records[0] as InRecord).offset) batch.resolve(last);
      if (verdict.kind === 'wait') return pauses.pause(batch, verdict);
      if (verdict.kind === 'stop') return context.stop(verdict.reason);
      pauses.end(batch);
      await batch.heartbeat();
    }
  };
}

/** Cuts a batch into the records of one transaction each. */
export function* slices({ records, highWatermark }: Pick<Batch, 'records' | 'highWatermark'>): Generator<InRecord[]> {
  for (let at = 0; at < records.length;) {
    const lag = highWatermark - (records[at] as InRecord).offset;
    const size = lag > LAG_RECORDS ? SLICE_RECORDS_UNDER_LAG : SLICE_RECORDS;
    yield records.slice(at, at + size);
    at += size;
  }
}

async function settleSlice(context: BatchContext, batch: Batch, records: readonly InRecord[]): Promise<Verdict> {
  const items = records.flatMap((record) => read(context, record));
  const unknown = items.findIndex(({ decoded }) => decoded.kind === 'unknown-version');
  const known = unknown < 0 ? items : items.slice(0, unknown);
  const verdict = await settle({ ...context, onProgress: (record) => batch.resolve(record.offset) }, known);
  const newer = items[unknown];
  if (verdict.kind !== 'settled' || newer?.decoded.kind !== 'unknown-version') return verdict;
  context.log.error(
    { event: newer.name, reason: newer.decoded.reason, topic: batch.topic, partition: batch.partition },
    'an event is newer than this build: the partition waits until consumers that know it are deployed',
  );
  return { kind: 'wait', at: newer.record, reason: 'unknown-version' };
}

/** The record as an item, or nothing where it is not this group's; told by the headers, unparsed. */
function read(context: BatchContext, record: InRecord): Item[] {
  const name = record.headers[header.type] ?? '';
  if (!isEventName(name) || !context.listenerOf.has(name)) return [];
  const only = record.headers[header.onlyGroup];
  if (only !== undefined && only !== context.group) return [];
  return [{ record, name, decoded: decodeEvent(record) }];
}

/** Runs work that may outlast the session; a rebalance that it meets is thrown by the next heartbeat after it. */
async function keptAlive<T>(batch: Batch, work: () => Promise<T>): Promise<T> {
  const beat = setInterval(() => void batch.heartbeat().catch(() => undefined), HEARTBEAT_MS);
  try {
    return await work();
  } finally {
    clearInterval(beat);
  }
}

function createPauses({ group, log }: BatchContext) {
  const attempts = new Map<string, number>();
  const placeOf = ({ topic, partition }: Batch) => `${topic}/${partition}`;
  return {
    pause(batch: Batch, verdict: Extract<Verdict, { kind: 'wait' }>): void {
      const place = placeOf(batch);
      const attempt = attempts.get(place) ?? 0;
      attempts.set(place, attempt + 1);
      const ms = PAUSE_MINIMUM_MS + backoffMs(attempt, PAUSE_BASE_MS, PAUSE_MAXIMUM_MS - PAUSE_MINIMUM_MS);
      metrics.paused.inc({ group });
      metrics.pauses.inc({ group, reason: reasonLabel(verdict) });
      setTimeout(() => metrics.paused.dec({ group }), ms).unref();
      log.warn({ place, offset: String(verdict.at.offset), reason: verdict.reason, ms }, 'the partition waits');
      batch.pause(ms);
    },
    end: (batch: Batch) => void attempts.delete(placeOf(batch)),
  };
}

/** A label of few values: an error's text may hold anything. */
function reasonLabel({ reason, error }: { reason: string; error?: unknown }): string {
  if (error === undefined) return reason;
  const code = (error as { code?: unknown }).code;
  return typeof code === 'string' ? code : 'error';
}
