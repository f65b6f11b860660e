/** A goal as it stands, beside what was given to it; minor units. */
export interface StandingGoal {
  readonly sum: bigint;
  readonly requireSum: bigint;
  readonly isEnded: boolean;
  /** All that was ever given to it. */
  readonly given: bigint;
  /** What of it did not go back. */
  readonly kept: bigint;
  /** What of it had not gone back when the last donation to it settled. */
  readonly atEnd: bigint;
}

/**
 * What a goal's sum must be, and whether it has ended. An open goal follows every refund, an ended one none that came
 * after its end. Where all that was given reaches what it asks for but what was kept does not, only the order of refund
 * and donation tells whether it ended, and no table has it: then what stands stays, if it can be so.
 */
export function decideRebuiltGoal(goal: StandingGoal): { readonly sum: bigint; readonly isEnded: boolean } {
  const { sum, requireSum, given, kept, atEnd } = goal;
  const isEnded = kept >= requireSum || (given >= requireSum && goal.isEnded);
  if (!isEnded) return { sum: kept, isEnded };
  const isPossible = goal.isEnded && sum >= requireSum && kept <= sum && sum <= given;
  return { sum: isPossible ? sum : atEnd, isEnded };
}
