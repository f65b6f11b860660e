import type { DatabaseListener } from '../../../shared/listener.ts';
import { idsWhere } from '../applied.ts';
import { readContributions } from '../contribution.ts';
import { decideGoals, goalPayload, goalStepId } from '../goals.ts';
import { countedForGoals, insertGoalShares } from '../tables/contributions.ts';
import { lockBoards, openGoals, saveBoards, updateGoals } from '../tables/goals.ts';

/** Adds each settled donation once to the goal that its room is filling; the one that reaches a goal ends it. */
export const updateGoal: DatabaseListener<'ReceiveMoney'> = {
  name: 'UpdateGoal',
  group: 'goal',
  event: 'ReceiveMoney',
  async applied(tx, events) {
    const donateIds = events.map((event) => event.payload.donate.donate_id);
    const counted = await countedForGoals(tx, donateIds);
    return idsWhere(events, ({ donate }) => counted.has(donate.donate_id));
  },
  async handle(events, { tx, emit }) {
    const { counted, rooms, outcomes } = readContributions(events);
    const versions = await lockBoards(tx, [...rooms.keys()]);
    // Each donation ends one goal at most, and the next one is shown.
    const open = await openGoals(tx, [...rooms.keys()], counted.length + 1);
    const decided = [...rooms].map(([ownerId, donations]) => {
      const board = { version: versions.get(ownerId) ?? 0, open: open.get(ownerId) ?? [] };
      return { ownerId, ...decideGoals(board, donations) };
    });
    const assigned = new Map(decided.flatMap((room) => [...room.assigned]));
    await insertGoalShares(
      tx,
      counted.map((one) => ({ ...one, goalId: assigned.get(one.donateId) ?? null })),
    );
    await updateGoals(
      tx,
      decided.flatMap(({ ownerId, goals }) => goals.map((change) => ({ ownerId, ...change }))),
    );
    await saveBoards(tx, new Map(decided.map(({ ownerId, version }) => [ownerId, version])));
    for (const { name, goal, by } of decided.flatMap((room) => room.steps)) {
      const id = goalStepId(name, goal.id, by.donateId);
      const payload = goalPayload(by.ownerId, goal, by.at);
      if (name === 'EndGoal') emit(by.event, name, { ...payload, ended_by: by.donateId }, { id });
      else emit(by.event, name, payload, { id });
    }
    return outcomes;
  },
};
