import type { FrameListener } from '../../../shared/listener.ts';
import { balanceFrames, refundedFrame } from '../frames.ts';

/** The room learns that a donation was given back, and both parties their new balance. */
export const sendDonateRefundedToQueue: FrameListener<'MoneyRefunded'> = {
  name: 'SendDonateRefundedToQueue',
  group: 'queue-to-ws',
  event: 'MoneyRefunded',
  frames: (event) => [refundedFrame(event), ...balanceFrames(event, event.payload.refunded_at)],
};
