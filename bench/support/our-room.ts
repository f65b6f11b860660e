import { randomUUID } from 'node:crypto';
import type { Stack } from '../../scripts/stack/stack.ts';
import { encodeFrame } from '../../shared/frame.ts';
import { openNamespace } from './namespace.ts';
import type { Running } from './peer-room.ts';
import { newEvent, owner, shortestEventBytes } from './room-event.ts';

/**
 * The real gateway as a process: a signed token a viewer, rooms, metrics, and frames that come through the Kafka topic
 * `ws.out`. `services` runs beside it, as in the product, and has nothing to do.
 */
export async function startOurRoom(stack: Stack): Promise<Running> {
  const namespace = await openNamespace(stack);
  try {
    const fleet = await namespace.start(['services', 'ws-gateway']);
    const gateway = fleet.processes.find(({ name }) => name === 'ws-gateway');
    if (!gateway) throw new Error('the Procfile has no ws-gateway');
    const toRecord = () => encodeFrame({ ...newEvent(), subjects: null, ownerId: owner });
    return {
      server: {
        name: 'ours',
        pid: gateway.pid,
        // The first two frames are "welcome" and "subscribed".
        door: { port: gateway.port, path: `/room/${owner}`, firstFrames: [], framesBeforeReady: 2 },
        tokens: (count) =>
          Array.from({ length: count }, () => namespace.sign({ sub: randomUUID(), type: 'client', owner })),
        eventBytes: shortestEventBytes,
        publish: (count) => namespace.produce(Array.from({ length: count }, toRecord)),
      },
      stop: () => namespace.close(),
    };
  } catch (error) {
    await namespace.close();
    throw error;
  }
}
