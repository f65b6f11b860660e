import type { Goal } from './frames.ts';

/** The streamer's goals: several may be open at once, the later waiting for the earlier, each with its own versions. */

const GOALS_LIMIT = 20;

/** The goal to show: the first that is open, since goals fill in the order they were set; else the last reached. */
export function currentGoal(goals: readonly Goal[]): Goal | null {
  return goals.find((goal) => !goal.ended) ?? goals.at(-1) ?? null;
}

/** A frame's goal: new at the end, or in its place unless an older version; a reached goal stays reached. */
export function withGoal(goals: readonly Goal[], goal: Goal): readonly Goal[] {
  const standing = goals.find((one) => one.goalId === goal.goalId);
  if (!standing) return [...goals, goal].slice(-GOALS_LIMIT);
  if (standing.version >= goal.version) return goals;
  return goals.map((one) => (one === standing ? { ...goal, ended: goal.ended || standing.ended } : one));
}

/** The server's word on which goal is filling: what this page had thought open before it no longer counts. */
export function readGoals(goals: readonly Goal[], open: Goal | null, ended: Goal | null): readonly Goal[] {
  const read = [ended, open].filter((goal) => goal !== null);
  return read.map((goal) => {
    const standing = goals.find((one) => one.goalId === goal.goalId);
    return standing && standing.version > goal.version ? standing : goal;
  });
}
