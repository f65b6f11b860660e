/** Who holds a room's title, and the number of changes so far. */
export interface Top {
  readonly holder: string | null;
  readonly version: number;
}

/**
 * The title of the one who has given most; null: nobody has given anything that did not go back. How often it changed hands cannot be told from sums: the number that stands,
 * or the one that was told last, is kept; another holder than that one gets the next, so that nobody who has seen the
 * older number takes the new holder for it.
 */
export function decideTop(standing: Top | null, told: Top | null, winner: string | null): Top {
  const newest = (told?.version ?? -1) > (standing?.version ?? -1) ? told : standing;
  const { holder, version } = newest ?? { holder: null, version: 0 };
  if (holder === winner) return { holder, version };
  return { holder: winner, version: version + 1 };
}
