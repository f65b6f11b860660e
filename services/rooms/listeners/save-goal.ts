import { parseAmount } from '../../../shared/amount.ts';
import type { Received } from '../../../shared/event.ts';
import { deadLetter, done, type DatabaseListener } from '../../../shared/listener.ts';
import { idsWhere } from '../applied.ts';
import { decideNewGoals, type Goal, goalPayload, goalStepId } from '../goals.ts';
import { sighting } from '../people.ts';
import { insertGoals, lockBoards, openGoals, saveBoards, savedGoals } from '../tables/goals.ts';
import { rememberPeople } from '../tables/people.ts';

/** Sets a goal behind the room's open ones; where it is the only one the room is shown it at once. */
export const saveGoal: DatabaseListener<'AddNewGoal'> = {
  name: 'SaveGoal',
  group: 'goal',
  event: 'AddNewGoal',
  async applied(tx, events) {
    const saved = await savedGoals(
      tx,
      events.map((event) => event.payload.goal_id),
    );
    return idsWhere(events, (payload) => saved.has(payload.goal_id));
  },
  async handle(events, { tx, emit }) {
    const read = events.map((event) => ({ event, goal: toGoal(event) }));
    const good = read.flatMap(({ event, goal }) => (goal ? [{ event, goal, ownerId: event.payload.owner.uuid }] : []));
    const rooms = Map.groupBy(good, ({ ownerId }) => ownerId);
    const versions = await lockBoards(tx, [...rooms.keys()]);
    const open = await openGoals(tx, [...rooms.keys()], 1);
    const decided = [...rooms].map(([ownerId, set]) => {
      const board = { version: versions.get(ownerId) ?? 0, hasOpen: open.has(ownerId) };
      const goals = set.map(({ goal }) => goal);
      return { ownerId, cause: set[0]?.event, ...decideNewGoals(board, goals) };
    });
    await insertGoals(
      tx,
      decided.flatMap(({ ownerId, goals }) => goals.map((goal) => ({ ownerId, goal }))),
    );
    await saveBoards(tx, new Map(decided.map(({ ownerId, version }) => [ownerId, version])));
    await rememberPeople(
      tx,
      good.map(({ event: { payload } }) => sighting(payload.owner, payload.created_at)),
    );
    for (const { ownerId, cause, shown } of decided) {
      if (!shown || !cause) continue;
      const id = goalStepId('GoalUpdated', shown.id, shown.id);
      emit(cause, 'GoalUpdated', goalPayload(ownerId, shown, shown.createdAt), { id });
    }
    return read.map(({ goal }) => (goal ? done : deadLetter('require_sum is none of its currency')));
  },
};

function toGoal({ payload }: Received<'AddNewGoal'>): Goal | null {
  const { goal_id: id, name, require_sum, currency, created_at: createdAt } = payload;
  const requireSum = parseAmount(require_sum, currency);
  if (requireSum === null || requireSum <= 0n) return null;
  return { id, name, sum: 0n, requireSum, currency, version: 0, endedBy: null, createdAt };
}
