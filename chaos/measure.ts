import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { FleetProcess } from '../scripts/fleet.ts';
import type { Injection, Request, Seen } from './history.ts';

/** Milliseconds from when a donation was due to when its frame was shown. */
export interface Latency {
  readonly dueAtMs: number;
  readonly shownAtMs: number;
}

/**
 * The latest showing of each donation among viewers who live through everything. Who was never shown it because of a
 * gap could know of it when they were back in the room. One that nobody was shown is left out: it may have been refused.
 */
export function latenciesOf(requests: readonly Request[], seen: readonly Seen[]): Latency[] {
  const byRoom = Map.groupBy(seen, (one) => one.room);
  return requests.flatMap((request) => {
    const { kind, id, room, dueAtMs } = request;
    if (kind !== 'donation' || id === null) return [];
    const viewers = byRoom.get(room) ?? [];
    if (!viewers.some((one) => one.shownAtMs.has(id))) return [];
    const known = viewers.flatMap((one) => one.shownAtMs.get(id) ?? backAfter(one, dueAtMs) ?? []);
    return [{ dueAtMs, shownAtMs: Math.max(...known) }];
  });
}

/** When a viewer was back from the first gap that may have swallowed what was due then. */
function backAfter({ absences }: Seen, dueAtMs: number): number | undefined {
  return absences.find(({ backAtMs }) => backAtMs > dueAtMs)?.backAtMs;
}

/** The value below which this share of the list lies; 0 for an empty one. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((one, other) => one - other);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}

/** A donation shown later than this after it was due was held up. */
const HELD_UP_MS = 1_000;

/**
 * How long after an injection (for one that takes something away: after it is back) donations were still held up;
 * null where none was sent before the next injection. What was sent in the second before that one may have met it.
 */
export function recoveryMs(injection: Injection, nextAtMs: number, latencies: readonly Latency[]): number | null {
  const after = latencies.filter(
    ({ dueAtMs }) => dueAtMs > injection.atMs - HELD_UP_MS && dueAtMs < nextAtMs - HELD_UP_MS,
  );
  if (after.length === 0) return null;
  const held = after.filter(({ dueAtMs, shownAtMs }) => shownAtMs - dueAtMs > HELD_UP_MS);
  return Math.max(0, ...held.map(({ shownAtMs }) => shownAtMs - injection.backAtMs));
}

/** What a process holds: resident memory in MiB and open file descriptors. */
export interface Holding {
  readonly name: string;
  readonly memoryMiB: number;
  readonly descriptors: number;
}

const COLLECTED_MS = 1_500;

/** The same once their garbage is collected, for processes that have hooks/collect.mjs. */
export async function holdingsAtRest(processes: readonly FleetProcess[]): Promise<Holding[]> {
  for (const one of processes) await one.kill('SIGWINCH');
  await sleep(COLLECTED_MS);
  return holdingsOf(processes);
}

/** What the processes that run now hold. */
export function holdingsOf(processes: readonly FleetProcess[]): Holding[] {
  return processes.flatMap(({ name, instance, pid }) => {
    if (pid === 0) return [];
    try {
      const status = readFileSync(`/proc/${pid}/status`, 'utf8');
      const memoryMiB = Math.round(Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1] ?? 0) / 1024);
      return [{ name: `${name}.${instance + 1}`, memoryMiB, descriptors: readdirSync(`/proc/${pid}/fd`).length }];
    } catch {
      return []; // it ended in this moment
    }
  });
}

/** Above these a process has kept something that it should have let go of. */
const MEMORY_GROWTH_MIB = 128;
/**
 * A gateway's windows fill for ten minutes, and what the allocator keeps around so many small frames is several times
 * their size; more than their budget (WINDOW_BYTES) it is not.
 */
const GATEWAY_GROWTH_MIB = 256;
const DESCRIPTOR_GROWTH = 16;

/** Processes that hold much more than before; none is right. */
export function growth(before: readonly Holding[], after: readonly Holding[]): string[] {
  return after.flatMap((now) => {
    const then = before.find((one) => one.name === now.name);
    if (!then) return [];
    const lines: string[] = [];
    const limit = now.name.startsWith('ws-gateway') ? GATEWAY_GROWTH_MIB : MEMORY_GROWTH_MIB;
    if (now.memoryMiB > then.memoryMiB + limit)
      lines.push(`I12 ${now.name} held ${then.memoryMiB} MiB before and ${now.memoryMiB} MiB after`);
    if (now.descriptors > then.descriptors + DESCRIPTOR_GROWTH)
      lines.push(`I12 ${now.name} held ${then.descriptors} descriptors before and ${now.descriptors} after`);
    return lines;
  });
}
