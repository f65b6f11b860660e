import type { Control } from './control.ts';

const SENDER = 'services/rooms/listeners/send-donate-to-queue.ts';
const MAP = 'workers/listeners.ts';

/** The room sees a donation as soon as it is asked for, covered or not. */
export const noSettlementGate: Control = {
  name: 'no-settlement-gate',
  mistake: 'the frame of a donation is made of AddNewDonate, before the money moves',
  invariants: ['I5'],
  provokedBy: 'load',
  faults: 'none: donations without cover',
  edits: [
    {
      file: SENDER,
      find: '  frames: (event) => [donateFrame(event.payload), ...balanceFrames(event, event.payload.settled_at)],\n};\n',
      replace: `  frames: (event) => balanceFrames(event, event.payload.settled_at),
};

export const sendDonateAtOnce: FrameListener<'AddNewDonate'> = {
  name: 'SendDonateToQueue',
  group: 'queue-to-ws',
  event: 'AddNewDonate',
  frames({ payload: donate }) {
    const untouched = { account: donate.owner_id, balance: '0', currency: donate.currency, version: 0 };
    return [donateFrame({ donate, donor: untouched, owner: untouched, settled_at: donate.created_at })];
  },
};
`,
    },
    {
      file: MAP,
      find: 'import { sendDonateToQueue } from',
      replace: 'import { sendDonateAtOnce, sendDonateToQueue } from',
    },
    {
      file: MAP,
      find: '  AddNewDonate: [saveDonate, transferMoney],\n',
      replace: '  AddNewDonate: [saveDonate, transferMoney, sendDonateAtOnce],\n',
    },
  ],
};
