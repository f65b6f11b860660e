import { setTimeout as sleep } from 'node:timers/promises';
import type { Audience } from './audience.ts';
import { processorSeconds } from './process-figures.ts';
import type { RoomServer } from './saturate.ts';

export interface Pace {
  readonly viewers: number;
  readonly events: number;
  readonly pauseMs: number;
}

/**
 * Processor seconds a million deliveries where nothing can be put together: each event is published once all viewers
 * have got the one before, and a pause after it. So a delivery is a write of its own.
 */
export async function oneByOne(server: RoomServer, audience: Audience, pace: Pace): Promise<number> {
  await audience.open(server.door, server.seats(pace.viewers));
  try {
    await audience.begin(server.eventBytes);
    let number = 0;
    const show = async (events: number) => {
      const [before, wanted] = [processorSeconds(server.pid), audience.delivered() + events * pace.viewers];
      for (let left = events; left > 0; left--) {
        await server.publish(++number, 1);
        while (audience.delivered() < wanted - (left - 1) * pace.viewers) await audience.progress();
        await sleep(pace.pauseMs);
      }
      return processorSeconds(server.pid) - before;
    };
    await show(Math.ceil(pace.events / 10));
    return ((await show(pace.events)) / (pace.events * pace.viewers)) * 1e6;
  } finally {
    await audience.close();
  }
}
