/** `node bench/load/viewers.ts`: many viewers on bare TCP, who count what they get and read none of it. */
import { connect, type Socket } from 'node:net';
import type { Door, Seat, ViewersAnswered, ViewersTold } from '../support/audience.ts';
import { clientFrame, CLOSE, eventsInFrame, FrameReader, PING, pong } from './frame-reader.ts';

const CONNECTING_AT_ONCE = 50;
const REPORT_EVERY_MS = 5;
const READ_BUFFER_BYTES = 262_144;
/** A gateway that lets in only so many a second says 503; a viewer then tries again, as any client would. */
const RETRY_MS = 100;
const MAXIMUM_TRIES = 1_000;
const HEADERS_END = Buffer.from('\r\n\r\n');

interface Viewer {
  readonly socket: Socket;
  delivered: number;
}

/** Every socket reads into the same bytes: each chunk is counted before the next one is read. */
const shared = Buffer.alloc(READ_BUFFER_BYTES);
const viewers: Viewer[] = [];
let unitBytes = 0;
let shortestBytes = Infinity;
let delivered = 0;
let reported = 0;
let isClosing = false;

const tell = (answer: ViewersAnswered) => void process.send?.(answer);

process.on('disconnect', () => process.exit(0));
process.on('message', (message: ViewersTold) => {
  if (message.kind === 'open') void open(message.door, message.seats);
  if (message.kind === 'begin') begin(message.eventBytes);
  if (message.kind === 'check') tell({ kind: 'checked', least: least(), most: most() });
  if (message.kind === 'close') close();
});
setInterval(() => {
  if (delivered === reported) return;
  reported = delivered;
  tell({ kind: 'count', delivered });
}, REPORT_EVERY_MS);

async function open(door: Door, seats: readonly Seat[]): Promise<void> {
  isClosing = false;
  const waiting = [...seats];
  const openNext = async () => {
    for (let seat = waiting.pop(); seat !== undefined; seat = waiting.pop()) {
      viewers.push(await enter({ ...door, path: seat.path ?? door.path }, seat.token));
    }
  };
  await Promise.all(Array.from({ length: CONNECTING_AT_ONCE }, openNext));
  tell({ kind: 'opened' });
}

/** The first event alone on its way shows how long a frame with one event is, whatever a server wraps it in. */
function begin(eventBytes: number): void {
  unitBytes = 0;
  shortestBytes = eventBytes;
  delivered = 0;
  reported = 0;
  for (const viewer of viewers) viewer.delivered = 0;
  tell({ kind: 'begun' });
}

const least = () => viewers.reduce((lowest, viewer) => Math.min(lowest, viewer.delivered), Infinity);
const most = () => viewers.reduce((highest, viewer) => Math.max(highest, viewer.delivered), 0);

function close(): void {
  isClosing = true;
  for (const { socket } of viewers) socket.destroy();
  viewers.length = 0;
  tell({ kind: 'closed' });
}

async function enter(door: Door, token: string | null): Promise<Viewer> {
  for (let tries = 1; tries <= MAXIMUM_TRIES; tries++) {
    const viewer = await view(door, token);
    if (viewer) return viewer;
    await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
  }
  throw new Error(`not let in after ${MAXIMUM_TRIES} tries`);
}

/** Resolves once the server has let the viewer into the room, with null where it has said 503. @throws otherwise */
function view(door: Door, token: string | null): Promise<Viewer | null> {
  return new Promise((resolve, reject) => {
    let isUpgraded = false;
    let wantedFrames = door.framesBeforeReady;
    let isInRoom = false;
    const enterRoom = () => {
      isInRoom = true;
      resolve(viewer);
    };
    const reader = new FrameReader((opcode, payloadBytes) => {
      if (opcode === PING) socket.write(pong);
      else if (opcode === CLOSE) socket.destroy();
      else if (wantedFrames > 0) {
        if (--wantedFrames === 0) enterRoom();
      } else if (payloadBytes >= shortestBytes) count(viewer, payloadBytes);
    });
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
      return true;
    };
    const socket = connect({ host: '127.0.0.1', port: door.port, noDelay: true, onread: { buffer: shared, callback } });
    const viewer: Viewer = { socket, delivered: 0 };
    socket.once('connect', () => socket.write(upgrade(door, token)));
    socket.once('error', reject);
    socket.once('close', () => {
      reject(new Error('the connection ended'));
      if (isInRoom && !isClosing) tell({ kind: 'lost' });
    });
  });
}

function count(viewer: Viewer, payloadBytes: number): void {
  unitBytes ||= payloadBytes;
  const events = eventsInFrame(payloadBytes, unitBytes);
  viewer.delivered += events;
  delivered += events;
}

function upgrade({ path, port }: Door, token: string | null): string {
  return [
    `GET ${path} HTTP/1.1`,
    `Host: 127.0.0.1:${port}`,
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Version: 13',
    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
    ...(token === null ? [] : [`Authorization: Bearer ${token}`]),
    '\r\n',
  ].join('\r\n');
}
