import { once } from 'node:events';
import { type ClientOptions, WebSocket } from 'ws';
import { until } from './until.ts';

export interface ReceivedFrame {
  readonly type: string;
  readonly [field: string]: unknown;
}

/** A client that keeps all it is told. */
export class TestClient {
  readonly socket: WebSocket;
  readonly frames: ReceivedFrame[] = [];
  closeCode: number | null = null;

  constructor(url: string, token: string | null, options: ClientOptions = {}) {
    this.socket = token ? new WebSocket(url, ['bearer', token], options) : new WebSocket(url, options);
    this.socket.on('message', (bytes: Buffer) => this.frames.push(JSON.parse(bytes.toString()) as ReceivedFrame));
    this.socket.on('close', (code) => (this.closeCode = code));
    this.socket.on('error', () => undefined);
  }

  /** Frames that bear an id: events. */
  get events(): ReceivedFrame[] {
    return this.frames.filter(({ id }) => id !== undefined);
  }

  ofType(type: string): ReceivedFrame[] {
    return this.frames.filter((frame) => frame.type === type);
  }

  say(frame: object): void {
    this.socket.send(JSON.stringify(frame));
  }

  /** The first frame, old or new, that fits. */
  async next(fits: (frame: ReceivedFrame) => boolean, what = 'a frame'): Promise<ReceivedFrame> {
    await until(
      () => this.frames.some(fits),
      () => `${what} among ${JSON.stringify(this.frames)}`,
    );
    return this.frames.find(fits) as ReceivedFrame;
  }

  /** Subscribes and gives the answer, which may be an error. */
  async subscribe(topic: string, after?: { epoch: unknown; seq: unknown }): Promise<ReceivedFrame> {
    const before = this.frames.length;
    this.say({ type: 'subscribe', topic, ...(after && { after }) });
    const isAnswer = (frame: ReceivedFrame) =>
      this.frames.indexOf(frame) >= before &&
      ((frame.type === 'subscribed' && frame['topic'] === topic) || frame.type === 'error');
    return this.next(isAnswer, `the answer to subscribe ${topic}`);
  }

  /** The code that the other side closes with. */
  async closed(limitMs = 10_000): Promise<number> {
    await until(() => this.closeCode !== null, 'the socket is closed', limitMs);
    return this.closeCode as number;
  }

  /** A ping there and back: whatever was written to this socket before it has arrived. */
  async settled(): Promise<void> {
    const pong = once(this.socket, 'pong');
    this.socket.ping();
    await pong;
  }

  leave(): void {
    this.socket.terminate();
  }
}

/** Connects and waits until everything that comes by itself has come. */
export async function join(url: string, token: string | null, path = '/ws'): Promise<TestClient> {
  const client = new TestClient(url + path, token);
  await client.next(({ type }) => type === 'welcome', 'welcome');
  const room = /^\/room\/(.+)$/.exec(path)?.[1];
  const last = room ? `room:${room}` : 'person:';
  if (token || room) {
    await client.next(({ type, topic }) => type === 'subscribed' && String(topic).startsWith(last), `in ${last}`);
  }
  return client;
}

/** The HTTP status with which an upgrade is refused. */
export function refusedWith(url: string, token: string | null, options: ClientOptions = {}): Promise<number> {
  return new Promise((resolve, reject) => {
    const socket = token ? new WebSocket(url, ['bearer', token], options) : new WebSocket(url, options);
    socket.on('unexpected-response', (_request, response) => {
      resolve(response.statusCode ?? 0);
      socket.terminate();
    });
    socket.on('open', () => (socket.terminate(), reject(new Error('was not refused'))));
    socket.on('error', () => undefined);
  });
}
