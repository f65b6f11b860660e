import type { DatabaseListener } from '../../../shared/listener.ts';
import { saveBoardSteps } from '../boards.ts';
import { idsWhere } from '../applied.ts';
import { decideRefunds, donateIdsOf, readContributions } from '../contribution.ts';
import { decideGoals, decideGoalsAfterRefunds } from '../goals.ts';
import { goalShares, insertGoalShares, refundGoalShares } from '../tables/contributions.ts';
import { lockBoards, openGoals } from '../tables/goals.ts';

const named = { name: 'UpdateGoal', group: 'goal' } as const;

/** Adds each settled donation once to the goal that its room is filling; the one that reaches a goal ends it. */
const fill: DatabaseListener<'ReceiveMoney'> = {
  ...named,
  event: 'ReceiveMoney',
  async applied(tx, events) {
    const shares = await goalShares(tx, donateIdsOf(events));
    return idsWhere(events, ({ donate }) => shares.has(donate.donate_id));
  },
  async handle(events, io) {
    const { counted, rooms, outcomes } = readContributions(events);
    const versions = await lockBoards(io.tx, [...rooms.keys()]);
    // Each donation ends one goal at most, and the next one is shown.
    const open = await openGoals(io.tx, [...rooms.keys()], counted.length + 1);
    const decided = [...rooms].map(([ownerId, donations]) => {
      const board = { version: versions.get(ownerId) ?? 0, open: open.get(ownerId) ?? [] };
      return [ownerId, decideGoals(board, donations)] as const;
    });
    const assigned = new Map(decided.flatMap(([, room]) => [...room.assigned]));
    await insertGoalShares(
      io.tx,
      counted.map((one) => ({ ...one, goalId: assigned.get(one.donateId) ?? null })),
    );
    await saveBoardSteps(io, new Map(decided), ({ donateId }) => donateId);
    return outcomes;
  },
};

/** Takes a donation that was given back out of its goal while that is open; one that has ended stays as it ended. */
const lower: DatabaseListener<'MoneyRefunded'> = {
  ...named,
  event: 'MoneyRefunded',
  async applied(tx, events) {
    const shares = await goalShares(tx, donateIdsOf(events));
    return idsWhere(events, ({ donate }) => shares.get(donate.donate_id)?.isRefunded === true);
  },
  async handle(events, io) {
    const { counted: refunds, rooms, outcomes } = readContributions(events);
    const versions = await lockBoards(io.tx, [...rooms.keys()]);
    const open = await openGoals(io.tx, [...rooms.keys()], 1);
    const { taken, early } = decideRefunds(await goalShares(io.tx, donateIdsOf(events)), refunds);
    const decided = [...Map.groupBy(taken, (one) => one.ownerId)].map(([ownerId, returned]) => {
      const board = { version: versions.get(ownerId) ?? 0, open: open.get(ownerId) ?? [] };
      return [ownerId, decideGoalsAfterRefunds(board, returned)] as const;
    });
    await insertGoalShares(
      io.tx,
      early.map((one) => ({ ...one, goalId: null })),
      true,
    );
    await refundGoalShares(io.tx, taken);
    await saveBoardSteps(io, new Map(decided), ({ event }) => event.id);
    return outcomes;
  },
};

/** One listener, under each event that it hears. */
export const updateGoal = { ReceiveMoney: fill, MoneyRefunded: lower };
