import { readFrame, type Frame } from './frames.ts';
import { closedAdvice, reconnectDelayMs } from './reconnect.ts';
import type { Position } from './room-state.ts';

/** One WebSocket to one room, made again whenever it breaks and coming back can help. */

export interface RoomSocketOptions {
  url: string;
  /** Asked at each connection. */
  token: () => string | null;
  topic: string;
  /** Where to resume; asked at each subscription. */
  position: () => Position | null;
  onFrame: (frame: Frame) => void;
  onConnecting: () => void;
  onWaiting: (retryAt: number, code: number) => void;
  onClosed: (code: number) => void;
}

export interface RoomSocket {
  /** Connects now, without waiting for the next try. */
  connect(): void;
  /** Proves on the open connection, if there is one, that the person has signed in anew; the next one does by itself. */
  renew(token: string): void;
  /** Closes for good, until `connect`. */
  close(code: number): void;
}

/** From the first byte to `subscribed`. */
const OPENING_TIMEOUT_MS = 15_000;
/** Pings are invisible to a page, but a quiet topic gets a `position` at least every 5 minutes. */
const SILENCE_TIMEOUT_MS = 6 * 60_000;
/** A connection that lived this long was a good one: the next wait is short again. */
const STEADY_MS = 10_000;

export function createRoomSocket(options: RoomSocketOptions): RoomSocket {
  let socket: WebSocket | null = null;
  let timer = 0;
  let attempt = 0;
  let subscribedAt = Infinity;

  const after = (delayMs: number, action: () => void) => {
    clearTimeout(timer);
    timer = setTimeout(action, delayMs);
  };
  const drop = () => {
    clearTimeout(timer);
    const dropped = socket;
    socket = null;
    dropped?.close(1000);
  };
  const broken = (code: number) => {
    drop();
    const wasSteady = Date.now() - subscribedAt > STEADY_MS;
    subscribedAt = Infinity;
    if (!closedAdvice(code).isAutomatic) return options.onClosed(code);
    attempt = wasSteady ? 0 : attempt + 1;
    const delayMs = reconnectDelayMs(attempt, Math.random());
    options.onWaiting(Date.now() + delayMs, code);
    after(delayMs, connect);
  };
  const received = (frame: Frame | null) => {
    if (frame?.type === 'subscribed' && frame.topic === options.topic) subscribedAt = Date.now();
    if (subscribedAt !== Infinity) after(SILENCE_TIMEOUT_MS, () => broken(1006));
    if (frame?.type === 'error' && isRefusal(frame.code)) return broken(4000 + frame.code);
    if (frame) options.onFrame(frame);
  };
  const connect = () => {
    drop();
    options.onConnecting();
    const opened = open(options);
    socket = opened;
    opened.onopen = () => subscribe(opened, options);
    opened.onmessage = ({ data }) => socket === opened && received(readFrame(String(data)));
    opened.onclose = ({ code }) => socket === opened && broken(code);
    after(OPENING_TIMEOUT_MS, () => broken(1006));
  };
  const close = (code: number) => {
    drop();
    options.onClosed(code);
  };
  const renew = (token: string) => {
    if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify({ type: 'auth', token }));
    else if (socket) connect();
  };
  return { connect, renew, close };
}

function open({ url, token: tokenNow }: RoomSocketOptions): WebSocket {
  const token = tokenNow();
  return token ? new WebSocket(url, ['bearer', token]) : new WebSocket(url);
}

function subscribe(socket: WebSocket, { topic, position }: RoomSocketOptions): void {
  const after = position();
  socket.send(JSON.stringify({ type: 'subscribe', topic, ...(after && { after }) }));
}

/** A refused subscription means what the close code with the same end means. */
function isRefusal(code: number): boolean {
  return code === 401 || code === 403 || code === 404;
}
