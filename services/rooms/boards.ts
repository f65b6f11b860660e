import type { Io } from '../../shared/listener.ts';
import type { Contribution } from './contribution.ts';
import { type GoalDecision, goalPayload, goalStepId } from './goals.ts';
import { saveBoards, updateGoals } from './tables/goals.ts';

type Decided<C> = Pick<GoalDecision<C>, 'version' | 'goals' | 'steps'>;

/**
 * Writes what was decided of rooms' goals, and tells of every step.
 * @param causeOf what a step's event gets its id from: a donation and its refund both step once
 */
export async function saveBoardSteps<C extends Pick<Contribution, 'event' | 'ownerId' | 'donateId' | 'at'>>(
  { tx, emit }: Io,
  decided: ReadonlyMap<string, Decided<C>>,
  causeOf: (by: C) => string,
): Promise<void> {
  const changes = [...decided].flatMap(([ownerId, { goals }]) => goals.map((change) => ({ ownerId, ...change })));
  await updateGoals(tx, changes);
  await saveBoards(tx, new Map([...decided].map(([ownerId, { version }]) => [ownerId, version])));
  for (const { name, goal, by } of [...decided.values()].flatMap(({ steps }) => steps)) {
    const id = goalStepId(name, goal.id, causeOf(by));
    const payload = goalPayload(by.ownerId, goal, by.at);
    if (name === 'EndGoal') emit(by.event, name, { ...payload, ended_by: by.donateId }, { id });
    else emit(by.event, name, payload, { id });
  }
}
