/** Waiting for the tokens to say what has just been done. */

/** A room is opened by an event: the accounts hear of it moments later. About ten seconds in all. */
const PAUSES_MS = [250, 500, 1_000, 2_000, 3_000, 3_000];

/**
 * Asks for a fresh token, again after growing pauses, until one says that its person has a room.
 * @param isUserNow asks, and says whether the token does
 * @returns false where none did in time
 */
export async function becomeUser(
  isUserNow: () => Promise<boolean>,
  wait: (ms: number) => Promise<unknown> = (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
): Promise<boolean> {
  for (const pauseMs of PAUSES_MS) {
    await wait(pauseMs);
    if (await isUserNow()) return true;
  }
  return false;
}
