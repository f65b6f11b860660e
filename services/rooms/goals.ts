import { formatAmount } from '../../shared/amount.ts';
import type { Payload } from '../../shared/events/catalogue.ts';
import { derivedId } from '../../shared/ids.ts';
import type { Contribution } from './contribution.ts';

export interface Goal {
  readonly id: string;
  readonly name: string;
  /** Minor units. */
  readonly sum: bigint;
  readonly requireSum: bigint;
  readonly currency: string;
  /** The board's version when this goal last changed. */
  readonly version: number;
  /** The donation that reached it; null while it is open. */
  readonly endedBy: string | null;
  readonly createdAt: string;
}

/** A room's goals fill one after the other, in the order in which they were set. */
export interface GoalBoard {
  /** Grows with every step of any goal of the room. */
  readonly version: number;
  /** Open goals, the filling one first. */
  readonly open: readonly Goal[];
}

type Counted = Pick<Contribution, 'donateId' | 'sum' | 'currency' | 'at'>;

/** What the room is told: the filling goal as it stands now, or that it is reached. */
export interface GoalStep<C> {
  readonly name: 'GoalUpdated' | 'EndGoal';
  readonly goal: Goal;
  readonly by: C;
}

export interface GoalDecision<C> {
  readonly version: number;
  /** Goals that changed, as they are to be written, each with the time of its last step. */
  readonly goals: readonly { readonly goal: Goal; readonly at: string }[];
  /** Donation → the goal that it went to; null where none was open. */
  readonly assigned: ReadonlyMap<string, string | null>;
  readonly steps: readonly GoalStep<C>[];
}

/**
 * Adds donations in the order given, each whole, to the room's first open goal. The one that reaches it ends it: the
 * surplus stays there, and the next donation goes to the next goal, which the room is shown in its place.
 */
export function decideGoals<C extends Counted>(board: GoalBoard, contributions: readonly C[]): GoalDecision<C> {
  const open = [...board.open];
  const changed = new Map<string, { goal: Goal; at: string }>();
  const assigned = new Map<string, string | null>();
  const steps: GoalStep<C>[] = [];
  let version = board.version;
  const take = (name: GoalStep<C>['name'], goal: Goal, by: C) => {
    const stepped = { ...goal, version: ++version };
    changed.set(goal.id, { goal: stepped, at: by.at });
    steps.push({ name, goal: stepped, by });
    return stepped;
  };
  for (const by of contributions) {
    const { donateId, sum, currency } = by;
    const first = open[0];
    const filling = first?.currency === currency ? first : undefined;
    assigned.set(donateId, filling?.id ?? null);
    if (!filling) continue;
    const filled = take('GoalUpdated', { ...filling, sum: filling.sum + sum }, by);
    open[0] = filled;
    if (filled.sum < filled.requireSum) continue;
    take('EndGoal', { ...filled, endedBy: donateId }, by);
    open.shift();
    const next = open[0];
    if (next) open[0] = take('GoalUpdated', next, by);
  }
  return { version, goals: [...changed.values()], assigned, steps };
}

/** A donation that goes back, with the goal that it went to. */
type Returned = Counted & { readonly goalId: string | null };

/** Takes donations out of the open goals that they went to. A goal that has ended keeps its sum and stays ended. */
export function decideGoalsAfterRefunds<C extends Returned>(
  board: GoalBoard,
  refunds: readonly C[],
): Pick<GoalDecision<C>, 'version' | 'goals' | 'steps'> {
  const open = new Map(board.open.map((goal) => [goal.id, goal]));
  const changed = new Map<string, { goal: Goal; at: string }>();
  const steps: GoalStep<C>[] = [];
  let version = board.version;
  for (const by of refunds) {
    const goal = by.goalId === null ? undefined : open.get(by.goalId);
    if (!goal) continue;
    const fallen = { ...goal, sum: goal.sum - by.sum, version: ++version };
    open.set(goal.id, fallen);
    changed.set(goal.id, { goal: fallen, at: by.at });
    steps.push({ name: 'GoalUpdated', goal: fallen, by });
  }
  return { version, goals: [...changed.values()], steps };
}

/**
 * Sets new goals behind those that are open. The room is told of a goal once it is the one that fills: of a new one at
 * once where no other is open.
 */
export function decideNewGoals(
  board: { readonly version: number; readonly hasOpen: boolean },
  goals: readonly Goal[],
): { readonly version: number; readonly goals: readonly Goal[]; readonly shown: Goal | null } {
  const [first, ...rest] = goals;
  if (!first || board.hasOpen) return { version: board.version, goals: atVersion(goals, board.version), shown: null };
  const version = board.version + 1;
  const shown = { ...first, version };
  return { version, goals: [shown, ...atVersion(rest, version)], shown };
}

function atVersion(goals: readonly Goal[], version: number): Goal[] {
  return goals.map((goal) => ({ ...goal, version }));
}

/** One event a goal and step: the same however often its cause is handled. */
export function goalStepId(name: GoalStep<unknown>['name'], goalId: string, causeId: string): string {
  return name === 'EndGoal' ? derivedId(goalId, 'end') : derivedId(causeId, `GoalUpdated:${goalId}`);
}

/** A goal as the events tell it. @param at when the step was made, RFC 3339 */
export function goalPayload(ownerId: string, goal: Goal, at: string): Payload<'GoalUpdated'> {
  return {
    goal_id: goal.id,
    owner_id: ownerId,
    name: goal.name,
    sum: formatAmount(goal.sum, goal.currency),
    require_sum: formatAmount(goal.requireSum, goal.currency),
    currency: goal.currency,
    version: goal.version,
    created_at: at,
  };
}
