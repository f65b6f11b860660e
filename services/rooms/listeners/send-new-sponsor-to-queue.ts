import type { FrameListener } from '../../../shared/listener.ts';
import { sponsorFrame } from '../frames.ts';

/** Everybody in the room learns who holds the title now. */
export const sendNewSponsorToQueue: FrameListener<'NewSponsor'> = {
  name: 'SendNewSponsorToQueue',
  group: 'queue-to-ws',
  event: 'NewSponsor',
  frames: (event) => [sponsorFrame(event)],
};
