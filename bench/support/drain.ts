import { setTimeout as sleep } from 'node:timers/promises';

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
