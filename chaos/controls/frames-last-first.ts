import type { Control } from './control.ts';

/** Whoever sends a batch without waiting for its order shows a room its messages in another one than the log has them. */
export const framesLastFirst: Control = {
  name: 'frames-last-first',
  mistake: 'the frames of a batch are sent last first',
  invariants: ['I7'],
  provokedBy: 'load',
  faults: 'none: rooms in which much is said',
  edits: [
    {
      file: 'workers/runtime/frame-slice.ts',
      find: 'for (const request of splitBySize(records)) await',
      replace: 'for (const request of splitBySize(records.reverse())) await',
    },
  ],
};
