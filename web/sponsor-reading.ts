/** When the top sponsor's total is read anew. */
export interface SponsorReading {
  now(): Promise<void>;
  /** A frame may have moved the total. */
  afterMove(): void;
}

/** The room's frames and the sponsor's total come from two consumers: the total may be moments behind. */
const SOON_MS = 500;
const APART_MS = 2_000;
/** For a total that was further behind than `SOON_MS`, once nothing has moved it for so long. */
const LATE_MS = 6_000;
/** The pages of a full room all see the same frame, and need not all ask in the same instant. */
const SPREAD_MS = 500;

/** @param read never fails; @param random from 0 to 1 */
export function createSponsorReading(read: () => Promise<void>, random = Math.random): SponsorReading {
  let [isReading, isWantedAgain] = [false, false];
  let [soon, late] = [0, 0];
  let lastAt = -Infinity;

  // One at a time, so that no answer is taken after a newer one.
  const now = async () => {
    isWantedAgain = isReading;
    if (isReading) return;
    isReading = true;
    lastAt = Date.now();
    await read();
    isReading = false;
    if (isWantedAgain) afterMove();
  };
  const afterMove = () => {
    clearTimeout(late);
    late = setTimeout(() => void now(), LATE_MS + random() * SPREAD_MS);
    if (soon !== 0) return;
    const waitMs = Math.max(SOON_MS, lastAt + APART_MS - Date.now()) + random() * SPREAD_MS;
    soon = setTimeout(() => {
      soon = 0;
      void now();
    }, waitMs);
  };
  return { now, afterMove };
}
