import { mkdir } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { claimDirectory, forgetPid, isClaimed } from '../scripts/stack/leftovers.ts';

const POLL_MS = 1_000;

/** Waits until no other run of the suite is on: two at once would only measure each other. @returns what ends the turn */
export async function takeTurn(
  directory: string,
  signal: AbortSignal,
  say: (line: string) => void,
): Promise<() => Promise<void>> {
  await mkdir(directory, { recursive: true });
  let isTold = false;
  while (!signal.aborted) {
    if (!(await isClaimed(directory))) {
      try {
        await claimDirectory(directory);
        return () => forgetPid({ name: 'owner', directory });
      } catch {
        // Another run was faster.
      }
    }
    if (!isTold) say('another run of the suite is on; this one waits for its end');
    isTold = true;
    await sleep(POLL_MS);
  }
  return () => Promise.resolve();
}
