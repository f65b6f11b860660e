import { setImmediate as afterPoll } from 'node:timers/promises';

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
  const wait = (slices: number) => {
    timer = setTimeout(
      async () => {
        await afterPoll();
        if (isOver) return;
        if (slices > 1) wait(slices - 1);
        else reject(tooLate());
      },
      Math.max(0, deadlineMs / SLICES),
    );
  };
  wait(SLICES);
  try {
    return await Promise.race([work, promise]);
  } finally {
    isOver = true;
    clearTimeout(timer);
  }
}
