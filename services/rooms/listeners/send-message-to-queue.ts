import type { FrameListener } from '../../../shared/listener.ts';
import { messageFrame } from '../frames.ts';

/** What is written in a room goes to everybody in it; what is private to its parties alone. */
export const sendMessageToQueue: FrameListener<'AddNewMessage'> = {
  name: 'SendMessageToQueue',
  group: 'queue-to-ws',
  event: 'AddNewMessage',
  frames: (event) => [messageFrame(event.payload)],
};
