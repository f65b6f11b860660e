/** What does not hold: a line each, which begins with the invariant's name; none when all holds. */
export type Violations = string[];

export type Invariant = 'I1' | 'I2' | 'I3' | 'I4' | 'I5' | 'I6' | 'I7' | 'I8' | 'I9' | 'I10' | 'I11' | 'I12';

const MAXIMUM_NAMED_IDS = 5;

/** One line that names up to five of the ids concerned and how many there are; none where there are none. */
export function violations(invariant: Invariant, what: string, ids: readonly string[]): Violations {
  if (ids.length === 0) return [];
  const named = ids.slice(0, MAXIMUM_NAMED_IDS).join(' ');
  return [`${invariant} ${what}: ${named}${ids.length > MAXIMUM_NAMED_IDS ? ' …' : ','} ${ids.length} in all`];
}

/** The same lines, I1 first. */
export function byInvariant(lines: Violations): Violations {
  return [...lines].sort((one, other) => numberOf(one) - numberOf(other));
}

const numberOf = (line: string) => Number(/^I(\d+)/.exec(line)?.[1] ?? 0);
