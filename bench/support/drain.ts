import { setTimeout as sleep } from 'node:timers/promises';
import type { Connection } from 'mysql2/promise';
import { numberOf } from './admin.ts';
import type { Namespace } from './namespace.ts';

const pollMs = 25;
const silenceMs = 60_000;

/**
 * How fast a backlog of `total` goes, from the first sign of progress to the last item; starting up and joining the
 * group is not in it. A backlog that is gone at the first look is counted from the last look that saw nothing.
 * @param done how many are finished so far
 * @throws when nothing moves for 60 s
 */
export async function drainRate(what: string, total: number, done: () => Promise<number>): Promise<number> {
  const first = await changeFrom(what, 0, done);
  if (first.finished >= total) return total / ((first.at - first.unchangedAt) / 1_000);
  let last = first;
  while (last.finished < total) last = await changeFrom(`${what} (${last.finished} of ${total})`, last.finished, done);
  return (total - first.finished) / ((last.at - first.at) / 1_000);
}

/** Waits until so many are finished. @throws when nothing moves for 60 s */
export async function reached(what: string, total: number, done: () => Promise<number>): Promise<void> {
  let finished = await done();
  while (finished < total) finished = (await changeFrom(`${what} (${finished} of ${total})`, finished, done)).finished;
}

/** How many donations the ledger has settled; counts rows, so that it stays right where transactions have been lost. */
export function settledDonations(admin: Connection, namespace: Namespace): Promise<number> {
  const sql = `SELECT COUNT(*) FROM ${namespace.database('ledger')}.transfers WHERE state = 'settled'`;
  return numberOf(admin, sql);
}

/**
 * The same for next to nothing, where no transaction has been lost: two postings a transfer, and their ids have no gaps
 * in a fresh table that one insert a transaction fills.
 */
export function bookedDonations(admin: Connection, namespace: Namespace): Promise<number> {
  return numberOf(admin, `SELECT MAX(id) DIV 2 FROM ${namespace.database('ledger')}.postings`);
}

async function changeFrom(what: string, known: number, done: () => Promise<number>) {
  const deadline = performance.now() + silenceMs;
  for (let unchangedAt = performance.now(); ; await sleep(pollMs)) {
    const finished = await done();
    const at = performance.now();
    if (finished > known) return { finished, at, unchangedAt };
    if (at > deadline) throw new Error(`${what}: nothing happened for ${silenceMs} ms`);
    unchangedAt = at;
  }
}
