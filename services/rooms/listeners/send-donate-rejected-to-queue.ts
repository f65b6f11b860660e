import type { FrameListener } from '../../../shared/listener.ts';
import { rejectedFrame } from '../frames.ts';

/** A donation that bounced is told to its donor alone. */
export const sendDonateRejectedToQueue: FrameListener<'DonateRejected'> = {
  name: 'SendDonateRejectedToQueue',
  group: 'queue-to-ws',
  event: 'DonateRejected',
  frames: (event) => [rejectedFrame(event)],
};
