import { splitBySize } from '../../shared/record-size.ts';
import { randomUUID } from 'node:crypto';
import type { Stack } from '../../scripts/stack/stack.ts';
import { encodeFrame } from '../../shared/frame.ts';
import { readMetrics } from './metrics.ts';
import { openNamespace } from './namespace.ts';
import type { Running } from './peer-room.ts';
import { newEvent, owner, shortestEventBytes, TEXT_CHARACTERS } from './room-event.ts';
import type { RoomServer } from './saturate.ts';

export interface OurRoom extends Running {
  /** What the gateway counts, by metric with its labels. */
  metrics(): Promise<ReadonlyMap<string, number>>;
}

/** @param characters length of what is written in the room */
export async function startOurRoom(stack: Stack, characters = TEXT_CHARACTERS): Promise<OurRoom> {
  const { withRooms, metrics, stop } = await startOurGateway(stack, characters);
  return { server: withRooms('ours', [owner]), metrics, stop };
}

export interface OurGateway extends Omit<OurRoom, 'server'> {
  /** The gateway with these rooms, its viewers spread evenly over them. */
  withRooms(name: string, owners: readonly string[]): RoomServer;
}

/**
 * The real gateway as a process: a signed token a viewer, rooms, metrics, and frames that come through the Kafka topic
 * `ws.out`. `services` runs beside it, as in the product, and has nothing to do.
 * @param characters length of what is written in the rooms
 */
export async function startOurGateway(stack: Stack, characters = TEXT_CHARACTERS): Promise<OurGateway> {
  const namespace = await openNamespace(stack);
  try {
    const fleet = await namespace.start(['services', 'ws-gateway']);
    const gateway = fleet.processes.find(({ name }) => name === 'ws-gateway');
    if (!gateway) throw new Error('the Procfile has no ws-gateway');
    const toRecord = (ownerId: string, number: number) =>
      encodeFrame({ ...newEvent(ownerId, number, characters), subjects: null, ownerId });
    const seat = (ownerId: string) => ({
      token: namespace.sign({ sub: randomUUID(), type: 'client', owner: ownerId }),
      path: `/room/${ownerId}`,
    });
    return {
      withRooms: (name, owners) => ({
        name,
        pid: gateway.pid,
        // The first three frames are "welcome" and "subscribed", to what is the viewer's own and to the room.
        door: { port: gateway.port, path: '/ws', firstFrames: [], framesBeforeReady: 3 },
        seats: (count) => Array.from({ length: count }, (_, at) => seat(owners[at % owners.length] ?? owner)),
        eventBytes: shortestEventBytes(characters),
        async publish(first, count) {
          const numbers = Array.from({ length: count }, (_, at) => first + at);
          const records = numbers.flatMap((number) => owners.map((one) => toRecord(one, number)));
          // After the publisher was held up much is due at once, more than a broker takes in one request.
          for (const request of splitBySize(records)) await namespace.produce(request);
        },
      }),
      metrics: () => readMetrics(gateway),
      stop: () => namespace.close(),
    };
  } catch (error) {
    await namespace.close();
    throw error;
  }
}
