import { AppError } from '../../shared/errors.ts';

/**
 * Runs what it is given, a few at once; the others wait in order.
 * @param limits code: of the error where one more than may wait asks
 * @returns a function that @throws AppError retriable where too many wait already
 */
export function boundedQueue(limits: { readonly code: string; readonly atOnce: number; readonly waiting: number }) {
  const queued: (() => void)[] = [];
  let running = 0;
  // Whoever waits longest gets the place itself: nobody who comes just now can take it.
  const leave = () => {
    const next = queued.shift();
    if (next) next();
    else running--;
  };
  return async <T>(work: () => Promise<T>): Promise<T> => {
    if (running < limits.atOnce) running++;
    else if (queued.length < limits.waiting) await new Promise<void>((resolve) => queued.push(resolve));
    else throw new AppError(limits.code, `${limits.waiting} wait already`, { retriable: true });
    try {
      return await work();
    } finally {
      leave();
    }
  };
}
