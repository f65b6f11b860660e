import type { Control } from './control.ts';

/** Subscribing anew is not resuming: what was said meanwhile is lost, and the viewer is told that nothing is. */
export const blindResume: Control = {
  name: 'blind-resume',
  mistake: 'a socket that comes back is told that it has missed nothing, whatever it has',
  invariants: ['I8'],
  provokedBy: 'kills',
  faults: 'SIGKILLs of every process, gateways among them',
  edits: [
    {
      file: 'ws-gateway/subscriptions.ts',
      find: "const frames = answer.kind === 'recovered' ? answer.frames : [];",
      replace: 'const frames: readonly Buffer[] = [];',
    },
  ],
};
