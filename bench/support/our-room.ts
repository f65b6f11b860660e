import { randomUUID } from 'node:crypto';
import type { Stack } from '../../scripts/stack/stack.ts';
import { encodeFrame } from '../../shared/frame.ts';
import { openNamespace } from './namespace.ts';
import type { Running } from './peer-room.ts';
import { newEvent, owner, shortestEventBytes } from './room-event.ts';
import type { RoomServer } from './saturate.ts';

export async function startOurRoom(stack: Stack): Promise<Running> {
  const { withRooms, stop } = await startOurGateway(stack);
  return { server: withRooms('ours', [owner]), stop };
}

export interface OurGateway {
  /** The gateway with these rooms, its viewers spread evenly over them. */
  withRooms(name: string, owners: readonly string[]): RoomServer;
  stop(): Promise<void>;
}

/**
 * The real gateway as a process: a signed token a viewer, rooms, metrics, and frames that come through the Kafka topic
 * `ws.out`. `services` runs beside it, as in the product, and has nothing to do.
 */
export async function startOurGateway(stack: Stack): Promise<OurGateway> {
  const namespace = await openNamespace(stack);
  try {
    const fleet = await namespace.start(['services', 'ws-gateway']);
    const gateway = fleet.processes.find(({ name }) => name === 'ws-gateway');
    if (!gateway) throw new Error('the Procfile has no ws-gateway');
    const toRecord = (ownerId: string) => encodeFrame({ ...newEvent(ownerId), subjects: null, ownerId });
    const seat = (ownerId: string) => ({
      token: namespace.sign({ sub: randomUUID(), type: 'client', owner: ownerId }),
      path: `/room/${ownerId}`,
    });
    return {
      withRooms: (name, owners) => ({
        name,
        pid: gateway.pid,
        // The first two frames are "welcome" and "subscribed".
        door: { port: gateway.port, path: '/ws', firstFrames: [], framesBeforeReady: 2 },
        seats: (count) => Array.from({ length: count }, (_, at) => seat(owners[at % owners.length] ?? owner)),
        eventBytes: shortestEventBytes,
        publish: (count) => namespace.produce(Array.from({ length: count }, () => owners.map(toRecord)).flat()),
      }),
      stop: () => namespace.close(),
    };
  } catch (error) {
    await namespace.close();
    throw error;
  }
}
