import type { FrameListener } from '../../../shared/listener.ts';
import { goalFrame } from '../frames.ts';

/** Everybody in the room sees the goal that is filling. */
export const sendGoalToQueue: FrameListener<'GoalUpdated'> = {
  name: 'SendGoalToQueue',
  group: 'queue-to-ws',
  event: 'GoalUpdated',
  frames: (event) => [goalFrame(event, 'goal')],
};
