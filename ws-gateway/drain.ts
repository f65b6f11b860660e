import { sleep, within } from '../shared/clock.ts';
import { errorText } from '../shared/errors.ts';
import type { Logger } from '../shared/logger.ts';
import { close } from './close-codes.ts';
import type { Connection } from './connection.ts';

/** So few may come back elsewhere in the same moment. */
const AT_ONCE = 100;
const STEP_MS = 100;
/** Fewer a step would gain nothing: another gateway takes 300 a second. */
const LEAST_PER_STEP = 30;
/** How long clients may take over their half of the closing handshake. */
const HANDSHAKE_MS = 1_000;

/**
 * Asks every client to go elsewhere, in random order over `spreadMs` at most, so that they do not all return together.
 * Takes no longer than `spreadMs` and one second.
 */
export async function closeAll(connections: ReadonlySet<Connection>, spreadMs: number): Promise<void> {
  const leaving = shuffled([...connections]);
  const perStep = decidePerStep(leaving.length, spreadMs);
  const from = Date.now();
  for (let at = 0, step = 1; at < leaving.length; at += perStep, step++) {
    for (const connection of leaving.slice(at, at + perStep)) connection.close(close.draining);
    if (at + perStep < leaving.length) await sleep(Math.max(0, from + step * STEP_MS - Date.now()));
  }
  const until = Date.now() + HANDSHAKE_MS;
  while (leaving.some(isStillThere) && Date.now() < until) await sleep(20);
  for (const connection of leaving) connection.socket.terminate();
}

/** How many of so many connections are closed every 100 ms. */
export function decidePerStep(connections: number, spreadMs: number): number {
  if (connections <= AT_ONCE) return AT_ONCE;
  const steps = Math.max(1, Math.floor(spreadMs / STEP_MS));
  return Math.max(LEAST_PER_STEP, Math.ceil(connections / steps));
}

/** A step of the way out: what it is called in the log, how long it is waited for, and what it does. */
export type WayOutStep = readonly [name: string, limitMs: number, run: () => Promise<unknown>];

/**
 * Lets go of everything: the ways side by side, the steps of each one after another. A step that fails or is late is
 * logged and left behind, so that a server that hangs holds nobody up for longer than its steps' limits.
 */
export async function letGo(ways: readonly (readonly WayOutStep[])[], log: Logger): Promise<void> {
  const walk = async (steps: readonly WayOutStep[]) => {
    for (const [step, limitMs, run] of steps) {
      await within(limitMs, run()).catch((error: unknown) => {
        log.warn({ step, reason: errorText(error) }, 'a step of the way out failed');
      });
    }
  };
  await Promise.all(ways.map(walk));
}

function isStillThere({ socket }: Connection): boolean {
  return socket.readyState !== socket.CLOSED;
}

/** Fisher and Yates. */
function shuffled<T>(items: T[]): T[] {
  for (let last = items.length - 1; last > 0; last--) {
    const other = Math.floor(Math.random() * (last + 1));
    [items[last], items[other]] = [items[other] as T, items[last] as T];
  }
  return items;
}
