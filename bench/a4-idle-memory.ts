import { setTimeout as sleep } from 'node:timers/promises';
import { startAudience } from './support/audience.ts';
import { alternate, atMost, type Bench, type Figure, type Outcome } from './support/figure.ts';
import { startOurRoom } from './support/our-room.ts';
import { type Running, startPeerRoom } from './support/peer-room.ts';
import { peerRooms } from './support/peers.ts';
import { residentBytes } from './support/process-figures.ts';

/** What a connection costs that hears nothing: the server's memory with many of them, less its memory with none. */
export const idleMemory: Figure = { id: 'A4', title: 'Memory of an idle connection', run };

async function run(bench: Bench): Promise<Outcome> {
  const stack = await bench.stack();
  const { rooms, skipped } = peerRooms(bench);
  const viewers = bench.quick ? 100 : 5_000;
  // A server is started afresh each time: what an earlier crowd has left behind is not to be counted as free.
  const contestants = [
    { name: 'ours', start: () => startOurRoom(stack) },
    ...rooms.map((peer) => ({ name: peer.name, start: () => startPeerRoom(peer) })),
  ];
  const results = await alternate(bench.rounds, contestants, async ({ name, start }) => {
    const kilobytes = await measure(await start(), viewers, bench.quick ? 200 : 2_000);
    bench.log(`${name}: ${kilobytes.toFixed(1)} KB a connection`);
    return kilobytes;
  });
  const [ours, ...peers] = [...results].map(([{ name }, values]) => ({ name, values }));
  return {
    measures: [
      {
        ...{ what: `${viewers.toLocaleString('en-US')} idle connections: memory of each`, unit: 'KB' },
        ...{ ours: ours?.values ?? [], limit: atMost(13) },
        peers: peers.map((peer) => (peer.name === 'centrifuge' ? { ...peer, target: atMost(0.5) } : peer)),
      },
    ],
    skipped,
    notes: ['resident memory of the process; what the kernel keeps for its sockets is not in it'],
  };
}

async function measure({ server, stop }: Running, viewers: number, settleMs: number): Promise<number> {
  const audience = startAudience(1);
  try {
    await sleep(settleMs);
    const before = residentBytes(server.pid);
    await audience.open(server.door, server.seats(viewers));
    await sleep(settleMs);
    return (residentBytes(server.pid) - before) / viewers / 1_000;
  } finally {
    await audience.stop();
    await stop();
  }
}
