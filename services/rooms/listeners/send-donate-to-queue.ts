import type { FrameListener } from '../../../shared/listener.ts';
import { balanceFrames, donateFrame } from '../frames.ts';

/** The room sees a donation once its money has moved, and both parties their new balance. */
export const sendDonateToQueue: FrameListener<'ReceiveMoney'> = {
  name: 'SendDonateToQueue',
  group: 'queue-to-ws',
  event: 'ReceiveMoney',
  frames: (event) => [donateFrame(event.payload), ...balanceFrames(event, event.payload.settled_at)],
};
