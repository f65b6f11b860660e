import type { Control } from './control.ts';

/** A worker that dies between its send and its offset sends again; the gateway's window is what drops the second frame. */
export const repeatsDelivered: Control = {
  name: 'repeats-delivered',
  mistake: 'the gateway delivers a frame whose id it has delivered before',
  invariants: ['I8'],
  provokedBy: 'crash-after-send',
  faults: 'workers of queue-to-ws die between the broker’s acknowledgement and their offset',
  edits: [
    {
      file: 'ws-gateway/recovery.ts',
      find: '    if (window.ids.has(frame.id)) return false;\n',
      replace: '',
    },
  ],
};
