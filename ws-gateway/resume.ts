/** A place in the log as clients keep it: `seq` only grows within an `epoch`. */
export interface Position {
  readonly epoch: string;
  readonly seq: number;
}

export type Resume =
  /** Nothing is missing: these frames follow, in order. */
  | { readonly kind: 'recovered'; readonly frames: readonly Buffer[] }
  /** Another gateway was faster: nothing is missing, and frames up to that position are skipped here. */
  | { readonly kind: 'ahead' }
  /** Only the broker knows whether the log reaches that far. */
  | { readonly kind: 'ask-end' }
  | { readonly kind: 'lost' };

/**
 * Contract 3, rule 3: wholly or not at all.
 * @param end the partition's end as the broker said, or null where it was not asked yet
 * @param since what follows a position, or null where the window no longer holds all of it
 */
export function decideResume(
  after: Position,
  here: Position,
  end: number | null,
  since: (seq: number) => readonly Buffer[] | null,
): Resume {
  if (after.epoch !== here.epoch) return { kind: 'lost' };
  if (after.seq > here.seq) {
    if (end === null) return { kind: 'ask-end' };
    return { kind: after.seq <= end ? 'ahead' : 'lost' };
  }
  const frames = since(after.seq);
  return frames ? { kind: 'recovered', frames } : { kind: 'lost' };
}
