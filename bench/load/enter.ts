import { connect, type Socket } from 'node:net';
import type { Door, Seat } from '../support/audience.ts';
import { clientFrame, CLOSE, FrameReader, PING, pong } from './frame-reader.ts';

const READ_BUFFER_BYTES = 262_144;
/** A gateway that lets in only so many a second says 503; a viewer then tries again, as any client would. */
const RETRY_MS = 100;
const MAXIMUM_TRIES = 1_000;
const HEADERS_END = Buffer.from('\r\n\r\n');

/** Every socket reads into the same bytes: each chunk is dealt with before the next one is read. */
const shared = Buffer.alloc(READ_BUFFER_BYTES);

/** What becomes of what a viewer gets. */
export interface Guest {
  /** A data frame came, once in the room. */
  onFrame(payloadBytes: number): void;
  /** A piece of a payload came; null for who reads none. */
  readonly onPiece: ((piece: Buffer, isLast: boolean) => void) | null;
  /** Whether it reads on by itself in the room, or only when its socket is resumed. */
  readonly readsOn: boolean;
  /** The connection has ended, once in the room. */
  onEnd(): void;
}

/** Resolves once the server has let the viewer into the room. @throws when it refuses for good */
export async function enter(door: Door, seat: Seat, guest: Guest): Promise<Socket> {
  for (let tries = 1; tries <= MAXIMUM_TRIES; tries++) {
    const socket = await tryDoor(door, seat, guest);
    if (socket) return socket;
    await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
  }
  throw new Error(`not let in after ${MAXIMUM_TRIES} tries`);
}

/** Resolves once the server has let the viewer into the room, with null where it has said 503. @throws otherwise */
function tryDoor(door: Door, seat: Seat, guest: Guest): Promise<Socket | null> {
  return new Promise((resolve, reject) => {
    let isUpgraded = false;
    let wantedFrames = door.framesBeforeReady;
    let isInRoom = false;
    const enterRoom = () => {
      isInRoom = true;
      resolve(socket);
    };
    const reader = new FrameReader((opcode, payloadBytes) => {
      if (opcode === PING) socket.write(pong);
      else if (opcode === CLOSE) socket.destroy();
      else if (wantedFrames > 0) {
        if (--wantedFrames === 0) enterRoom();
      } else guest.onFrame(payloadBytes);
    }, guest.onPiece);
    const upgraded = (bytes: number) => {
      const end = shared.subarray(0, bytes).indexOf(HEADERS_END);
      const status = shared.subarray(0, 12).toString('latin1');
      if (status === 'HTTP/1.1 503') resolve(null);
      if (end < 0 || status !== 'HTTP/1.1 101') return void socket.destroy(new Error(`the server answered ${status}`));
      isUpgraded = true;
      for (const frame of door.firstFrames) socket.write(clientFrame(frame));
      if (wantedFrames === 0) enterRoom();
      reader.read(shared, end + HEADERS_END.length, bytes);
    };
    const callback = (bytes: number) => {
      if (isUpgraded) reader.read(shared, 0, bytes);
      else upgraded(bytes);
      return guest.readsOn || !isInRoom;
    };
    const socket = connect({ host: '127.0.0.1', port: door.port, noDelay: true, onread: { buffer: shared, callback } });
    socket.once('connect', () => socket.write(upgrade(door, seat)));
    socket.once('error', reject);
    socket.once('close', () => {
      reject(new Error('the connection ended'));
      if (isInRoom) guest.onEnd();
    });
  });
}

function upgrade(door: Door, { token, path = door.path }: Seat): string {
  return [
    `GET ${path} HTTP/1.1`,
    `Host: 127.0.0.1:${door.port}`,
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Version: 13',
    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
    ...(token === null ? [] : [`Authorization: Bearer ${token}`]),
    '\r\n',
  ].join('\r\n');
}
