import type { Part, PartName } from '../../scripts/stack/stack.ts';
import type { FleetProcess } from '../../scripts/fleet.ts';
import { operationsAddress } from '../../scripts/fleet/readiness.ts';
import type { Stand } from '../fault.ts';
import type { Request } from '../history.ts';

/** What the faults of servers have in common. */

const RECOVERY_LIMIT_MS = 30_000;
const POLL_MS = 200;

/** @throws where the run works on servers of others */
export function serverOf(stand: Stand, name: PartName): Part {
  if (!stand.stack) throw new Error('servers of others are not hurt');
  return stand.stack.part(name);
}

/**
 * SIGKILLs a server and starts it again, over and over for the fault's time: each time at another moment, once the last
 * time was recovered from, or 30 s later. At least once.
 */
export async function killRepeatedly(stand: Stand, name: PartName, label: string): Promise<void> {
  const until = performance.now() + stand.ms;
  do {
    const backAtMs = await killAndStart(stand, name, label);
    await untilCaughtUp(stand, backAtMs, RECOVERY_LIMIT_MS);
    await stand.pause(500 + stand.random.below(2_500));
  } while (performance.now() < until);
}

/** @param meanwhile what is done while the server is away. @returns when it was there again */
export async function killAndStart(
  stand: Stand,
  name: PartName,
  label: string,
  meanwhile: () => Promise<void> = () => Promise.resolve(),
): Promise<number> {
  const server = serverOf(stand, name);
  const { back } = stand.injected(`SIGKILL ${label}`);
  await server.kill('SIGKILL');
  try {
    await meanwhile();
  } finally {
    await server.start();
    back();
  }
  return performance.now();
}

/** Suspends a server, and lets it go on where it was. */
export async function suspendServer(
  stand: Stand,
  name: PartName,
  label: string,
  meanwhile: () => Promise<void>,
): Promise<void> {
  const server = serverOf(stand, name);
  const { back } = stand.injected(`SIGSTOP ${label}`);
  await server.kill('SIGSTOP');
  try {
    await meanwhile();
  } finally {
    await server.kill('SIGCONT');
    back();
  }
}

/** Waits until a donation that was due since then is on a viewer's screen. @returns false where none is by the limit */
export async function untilShownAgain(stand: Stand, sinceMs: number, limitMs: number): Promise<boolean> {
  const until = performance.now() + limitMs;
  while (performance.now() < until) {
    const due = stand.load.requests.filter(
      ({ kind, id, dueAtMs }) => kind === 'donation' && id !== null && dueAtMs > sinceMs,
    );
    if (due.some((one) => isShown(stand, one))) return true;
    await stand.pause(POLL_MS);
  }
  return false;
}

function isShown({ load }: Stand, { id }: Request): boolean {
  return load.viewers.some(({ shownAtMs }) => shownAtMs.has(id as string));
}

const LATEST_MS = 500;
const RECENT_MS = 2_500;

/** Waits until every room that was given something in the last seconds has shown some of that, or until the limit. */
async function untilCaughtUp(stand: Stand, sinceMs: number, limitMs: number): Promise<void> {
  const until = performance.now() + limitMs;
  const watched = new Set(stand.load.rooms);
  for (; performance.now() < until; await stand.pause(POLL_MS)) {
    const now = performance.now();
    const from = Math.max(sinceMs, now - RECENT_MS);
    const recent = stand.load.requests.filter(
      ({ kind, id, room, dueAtMs }) =>
        kind === 'donation' && id !== null && watched.has(room) && dueAtMs > from && dueAtMs < now - LATEST_MS,
    );
    const rooms = [...Map.groupBy(recent, ({ room }) => room).values()];
    if (rooms.length > 0 && rooms.every((asked) => asked.some((one) => isShown(stand, one)))) return;
  }
}

/** The longest time in which no viewer was shown any donation, ms. */
export function longestSilenceMs(stand: Stand, fromMs: number, untilMs: number): number {
  const shown = stand.load.viewers.flatMap(({ shownAtMs }) => [...shownAtMs.values()]);
  const inside = shown.filter((atMs) => atMs > fromMs && atMs < untilMs).sort((one, other) => one - other);
  const ends = [...inside, untilMs];
  return ends.reduce((most, atMs, at) => Math.max(most, atMs - (inside[at - 1] ?? fromMs)), 0);
}

const METRICS_TIMEOUT_MS = 5_000;

/** A metric's lines that contain this text, summed over processes; what does not answer counts as 0. */
export async function sumOfMetric(processes: readonly FleetProcess[], text: string): Promise<number> {
  const sums = await Promise.all(
    processes.map(async (process) => {
      const lines = await metricsOf(process);
      const found = lines.filter((line) => !line.startsWith('#') && line.includes(text));
      return found.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
    }),
  );
  return sums.reduce((sum, one) => sum + one, 0);
}

async function metricsOf(process: FleetProcess): Promise<readonly string[]> {
  try {
    const signal = AbortSignal.timeout(METRICS_TIMEOUT_MS);
    const answer = await fetch(`${operationsAddress(process)}/metrics`, { signal });
    return (await answer.text()).split('\n');
  } catch {
    return []; // it is being started
  }
}
