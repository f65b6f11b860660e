/**
 * A limit on waiting that counts only time in which an answer could have been heard. A timer alone would not do: after a
 * burst has kept the loop busy, timers fire before anything is read, and an answer that lies there would count as none.
 */
const SLICES = 4;

/**
 * Waits for the work, no longer than `deadlineMs` in slices, each of them followed by one look at what has come in.
 * @throws what `tooLate` makes, where nothing came; the work itself goes on, and nobody hears of it
 */
export async function withinDeadline<T>(work: Promise<T>, deadlineMs: number, tooLate: () => Error): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  let timer: NodeJS.Timeout | undefined;
  let isOver = false;
  const next = (slices: number) => {
    if (isOver) return;
    if (slices > 0) wait(slices);
    else reject(tooLate());
  };
  const wait = (slices: number) => {
    // Immediates run after the loop has read what has come in.
    timer = setTimeout(() => setImmediate(next, slices - 1), Math.max(0, deadlineMs / SLICES));
  };
  // Most answers are there before the loop turns, and need no timer.
  const first = setImmediate(wait, SLICES);
  try {
    return await Promise.race([work, promise]);
  } finally {
    isOver = true;
    clearImmediate(first);
    clearTimeout(timer);
  }
}
