import type { FrameListener } from '../../../shared/listener.ts';
import { goalFrame } from '../frames.ts';

/** Everybody in the room learns that a goal is reached. */
export const sendEndGoalToQueue: FrameListener<'EndGoal'> = {
  name: 'SendEndGoalToQueue',
  group: 'queue-to-ws',
  event: 'EndGoal',
  frames: (event) => [goalFrame(event, 'end_goal')],
};
