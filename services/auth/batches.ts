/** How much of a table one purge removes at most. */
export interface PurgeLimits {
  /** In one statement, so that none holds its locks for long. */
  readonly rows: number;
  /** Statements of one round; what is beyond waits for the next round. */
  readonly batches: number;
  /** Ends a purge after the statement that is running. */
  readonly signal?: AbortSignal;
}

/** A million rows a round and table: more than public routes can add until the next one. */
export const purgeLimits: PurgeLimits = { rows: 5_000, batches: 200 };

/**
 * Removes batch by batch until one is not full: then nothing is left.
 * @param remove at most so many rows; returns how many there were
 */
export async function purgeInBatches(
  { rows, batches, signal }: PurgeLimits,
  remove: (rows: number) => Promise<number>,
): Promise<void> {
  for (let batch = 0; batch < batches && !signal?.aborted; batch++) {
    if ((await remove(rows)) < rows) return;
  }
}
