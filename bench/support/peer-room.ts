import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { choosePort } from '../../scripts/stack/ports.ts';
import type { Door } from './audience.ts';
import { type ChildProgram, startServer } from './children.ts';
import { eventText, shortestEventBytes, TEXT_CHARACTERS } from './room-event.ts';
import type { RoomServer } from './saturate.ts';

/** How a peer is started and entered. */
export interface PeerRoom {
  readonly name: string;
  /** Gets the port for viewers and the one for the feed as its last two arguments. */
  readonly program: ChildProgram;
  readonly door: Omit<Door, 'port'>;
}

export interface Running {
  readonly server: RoomServer;
  stop(): Promise<void>;
}

/**
 * Starts a peer. Its publisher is fed over a local TCP socket, one event a line: cheaper than the Kafka topic that our
 * gateway reads.
 */
export async function startPeerRoom(peer: PeerRoom): Promise<Running> {
  const [port, feedPort] = [await choosePort(), await choosePort()];
  const { command, args, env } = peer.program;
  const child = await startServer({ command, args: [...args, String(port), String(feedPort)], ...(env && { env }) });
  const feed = connect({ host: '127.0.0.1', port: feedPort, noDelay: true });
  await once(feed, 'connect');
  const line = (number: number) => `${eventText(number, TEXT_CHARACTERS)}\n`;
  return {
    server: {
      name: peer.name,
      pid: child.pid,
      door: { ...peer.door, port },
      seats: (count) => Array.from({ length: count }, () => ({ token: null })),
      eventBytes: shortestEventBytes(TEXT_CHARACTERS),
      publish: (first, count) => write(feed, Array.from({ length: count }, (_, at) => line(first + at)).join('')),
    },
    async stop() {
      feed.destroy();
      await child.stop();
    },
  };
}

async function write(feed: Socket, lines: string): Promise<void> {
  if (!feed.write(lines)) await once(feed, 'drain');
}
