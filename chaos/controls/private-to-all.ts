import type { Control } from './control.ts';

/** Frames bear whom they are for, and the gateway does not look. */
export const privateToAll: Control = {
  name: 'private-to-all',
  mistake: 'the gateway writes private frames to everybody in the room',
  invariants: ['I11'],
  provokedBy: 'load',
  faults: 'none: private messages, with others in the room',
  edits: [
    {
      file: 'ws-gateway/hub.ts',
      find: 'const open = frames.filter(({ subjects }) => subjects === null);',
      replace: 'const open = frames;',
    },
    {
      file: 'ws-gateway/hub.ts',
      find: 'if (others.size === 0) return null;',
      replace: 'if (others.size >= 0) return null;',
    },
  ],
};
