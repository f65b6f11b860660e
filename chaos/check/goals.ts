import { goalStepId } from '../../services/rooms/goals.ts';
import { decideRebuiltGoal } from '../../services/rooms/rebuild-goal.ts';
import type { History } from '../history.ts';
import { askedFor } from './asked.ts';
import type { GoalFact, RoomsFacts, ShareFact } from './rooms-facts.ts';
import { violations, type Violations } from './violations.ts';

/**
 * I4: goals have the sums of their contributions, end when reached, and tell of it once.
 * @param endings goal → ids of its EndGoal events in the log; null where the log no longer has its beginning
 */
export function checkGoals(
  history: History,
  rooms: RoomsFacts,
  endings: ReadonlyMap<string, ReadonlySet<string>> | null,
): Violations {
  const { confirmed, possible } = askedFor(history.requests, 'goal');
  const missing = [...confirmed].filter(([id, { room }]) => rooms.goals.get(id)?.room !== room);
  const unasked = [...rooms.goals.keys()].filter((id) => !confirmed.has(id) && !possible.has(id));
  const given = Map.groupBy(
    [...rooms.goalShares.values()].filter(({ goalId }) => goalId !== null),
    ({ goalId }) => goalId ?? '',
  );
  const wrong = [...rooms.goals].filter(([id, goal]) => !isRight(goal, given.get(id) ?? []));
  const unknown = [...given].filter(([id, shares]) => {
    return shares.some(({ room }) => rooms.goals.get(id)?.room !== room);
  });
  const mistold = endings && [...rooms.goals].filter(([id, { isEnded }]) => !isToldOnce(id, isEnded, endings.get(id)));
  return [
    ...violations('I4', 'confirmed goals that are not there', ids(missing)),
    ...violations('I4', 'goals that nobody set', unasked),
    ...violations('I4', 'the sum is not that of the contributions', ids(wrong)),
    ...violations('I4', 'contributions to no goal of the room', ids(unknown)),
    ...violations('I4', 'EndGoal not once for each that ended', ids(mistold ?? [])),
    ...violations(
      'I4',
      'EndGoal of no goal',
      [...(endings?.keys() ?? [])].filter((id) => !rooms.goals.has(id)),
    ),
  ];
}

const ids = (rows: readonly (readonly [string, unknown])[]) => rows.map(([id]) => id);

/** By the product's own rule: an open goal follows every refund, an ended one none that came after its end. */
export function isRight(
  { sum, requireSum, isEnded }: Omit<GoalFact, 'room'>,
  shares: readonly Pick<ShareFact, 'sum' | 'at' | 'refundedAt'>[],
): boolean {
  const add = (some: typeof shares) => some.reduce((total, share) => total + share.sum, 0n);
  const lastAt = shares.reduce((last, { at }) => (at > last ? at : last), '');
  const standing = {
    ...{ sum, requireSum, isEnded, given: add(shares) },
    kept: add(shares.filter(({ refundedAt }) => refundedAt === null)),
    atEnd: add(shares.filter(({ refundedAt }) => refundedAt === null || refundedAt > lastAt)),
  };
  const right = decideRebuiltGoal(standing);
  return right.sum === sum && right.isEnded === isEnded;
}

function isToldOnce(id: string, isEnded: boolean, told: ReadonlySet<string> = new Set()): boolean {
  return isEnded ? told.size === 1 && told.has(goalStepId('EndGoal', id, '')) : told.size === 0;
}
