import { sleep } from '../shared/clock.ts';
import { close } from './close-codes.ts';
import type { Connection } from './connection.ts';

/** So few may come back elsewhere in the same moment. */
const AT_ONCE = 100;
const STEP_MS = 100;
/** How long clients may take over their half of the closing handshake. */
const HANDSHAKE_MS = 2_000;

/** Asks every client to go elsewhere, in random order over `spreadMs`, so that they do not all return together. */
export async function closeAll(connections: ReadonlySet<Connection>, spreadMs: number): Promise<void> {
  const leaving = shuffled([...connections]);
  const steps = Math.max(1, Math.floor(spreadMs / STEP_MS));
  const perStep = leaving.length <= AT_ONCE ? AT_ONCE : Math.ceil(leaving.length / steps);
  const from = Date.now();
  for (let at = 0, step = 1; at < leaving.length; at += perStep, step++) {
    for (const connection of leaving.slice(at, at + perStep)) connection.close(close.draining);
    if (at + perStep < leaving.length) await sleep(Math.max(0, from + step * STEP_MS - Date.now()));
  }
  const until = Date.now() + HANDSHAKE_MS;
  while (leaving.some(isStillThere) && Date.now() < until) await sleep(20);
  for (const connection of leaving) connection.socket.terminate();
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
