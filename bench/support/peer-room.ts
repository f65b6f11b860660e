import { choosePort } from '../../scripts/stack/ports.ts';
import type { Door } from './audience.ts';
import { type Child, type ChildProgram, startServer } from './children.ts';
import type { OpenFeed, PeerFeed } from './peer-feed.ts';
import { eventText, shortestEventBytes, TEXT_CHARACTERS } from './room-event.ts';
import type { RoomServer } from './saturate.ts';

/** How a peer is started, fed and entered. */
export interface PeerRoom {
  readonly name: string;
  /** Gets the port for viewers and the one for the feed as its last two arguments. */
  readonly program: ChildProgram;
  readonly door: Omit<Door, 'port'>;
  readonly openFeed: OpenFeed;
}

export interface Running {
  readonly server: RoomServer;
  stop(): Promise<void>;
}

/** Starts a peer and what feeds it. */
export async function startPeerRoom(peer: PeerRoom): Promise<Running> {
  const port = await choosePort();
  const feed = await peer.openFeed();
  const child = await startFed(peer.program, port, feed);
  return {
    server: {
      name: peer.name,
      pid: child.pid,
      door: { ...peer.door, port },
      seats: (count) => Array.from({ length: count }, () => ({ token: null })),
      eventBytes: shortestEventBytes(TEXT_CHARACTERS),
      publish: (first, count) =>
        feed.publish(Array.from({ length: count }, (_, at) => eventText(first + at, TEXT_CHARACTERS))),
    },
    async stop() {
      await child.stop();
      await feed.close();
    },
  };
}

async function startFed({ command, args, env }: ChildProgram, port: number, feed: PeerFeed): Promise<Child> {
  const program = { command, args: [...args, String(port), String(feed.port)], env: { ...env, ...feed.env } };
  let child: Child | undefined;
  try {
    child = await startServer(program);
    await feed.connect();
    return child;
  } catch (error) {
    await child?.stop();
    await feed.close();
    throw error;
  }
}
