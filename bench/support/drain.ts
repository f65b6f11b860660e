import { setTimeout as sleep } from 'node:timers/promises';

const pollMs = 25;
const silenceMs = 60_000;

/**
 * How fast a backlog of `total` goes, from the first sign of progress to the last item; starting up and joining the
 * group is not in it.
 * @param done how many are finished so far
 * @throws when nothing moves for 60 s
 */
export async function drainRate(what: string, total: number, done: () => Promise<number>): Promise<number> {
  const first = await changeFrom(what, 0, done);
  const from = performance.now();
  let finished = first;
  while (finished < total) finished = await changeFrom(`${what} (${finished} of ${total})`, finished, done);
  // A backlog that was gone at the first look has no rate; sizes are chosen so that this does not happen.
  if (first >= total) throw new Error(`${what}: the backlog was gone at once`);
  return (total - first) / ((performance.now() - from) / 1_000);
}

async function changeFrom(what: string, known: number, done: () => Promise<number>): Promise<number> {
  const deadline = performance.now() + silenceMs;
  for (;;) {
    const now = await done();
    if (now > known) return now;
    if (performance.now() > deadline) throw new Error(`${what}: nothing happened for ${silenceMs} ms`);
    await sleep(pollMs);
  }
}
