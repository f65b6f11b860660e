import { randomUUID } from 'node:crypto';
import { WebSocket } from 'ws';

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  // The shape is what each test asserts.
  readonly body: Record<string, unknown>;
}

export type FrameBody = Record<string, unknown> & { readonly type: string };

interface Ways {
  readonly httpUrl: string;
  readonly gatewayUrls: readonly string[];
  readonly sub: string;
  readonly token: string;
}

/** A person who uses the product from outside: HTTP and WebSockets only. */
export class Visitor {
  readonly sub: string;
  readonly token: string;
  readonly #ways: Ways;
  readonly #sockets: Socket[] = [];

  constructor(ways: Ways) {
    this.#ways = ways;
    this.sub = ways.sub;
    this.token = ways.token;
  }

  get(path: string): Promise<Answer> {
    return this.#call('GET', path);
  }

  post(path: string, body: unknown, headers: Record<string, string> = {}): Promise<Answer> {
    return this.#call('POST', path, body, headers);
  }

  put(path: string, body: unknown): Promise<Answer> {
    return this.#call('PUT', path, body);
  }

  delete(path: string, body?: unknown): Promise<Answer> {
    return this.#call('DELETE', path, body);
  }

  async #call(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Answer> {
    const response = await fetch(this.#ways.httpUrl + path, {
      method,
      headers: {
        authorization: `Bearer ${this.token}`,
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(60_000),
    });
    const text = await response.text();
    return {
      status: response.status,
      headers: response.headers,
      body: text ? (JSON.parse(text) as Record<string, unknown>) : {},
    };
  }

  /** Connects to a gateway and waits for its welcome. @param path "/ws" or "/room/<owner>" */
  async connect(path: string, gateway = 0): Promise<Socket> {
    const socket = new Socket(`${this.#ways.gatewayUrls[gateway]}${path}`, this.token);
    this.#sockets.push(socket);
    await socket.next((frame) => frame.type === 'welcome');
    return socket;
  }

  /** Connects and subscribes to a room. */
  async join(ownerId: string, gateway = 0): Promise<Socket> {
    const socket = await this.connect(`/room/${ownerId}`, gateway);
    await socket.next((frame) => frame.type === 'subscribed' && frame['topic'] === `room:${ownerId}`);
    return socket;
  }

  leave(): void {
    for (const socket of this.#sockets) socket.close();
  }
}

interface Waiting {
  readonly wanted: (frame: FrameBody) => boolean;
  readonly resolve: (frame: FrameBody) => void;
}

/** A WebSocket that keeps every frame it was sent. */
export class Socket {
  readonly frames: FrameBody[] = [];
  readonly closed: Promise<{ code: number; reason: string }>;
  readonly #socket: WebSocket;
  readonly #waiting = new Set<Waiting>();
  #onFrame: (frame: FrameBody) => void = () => undefined;

  constructor(url: string, token: string) {
    this.#socket = new WebSocket(url, ['bearer', token]);
    this.closed = new Promise((resolve, reject) => {
      this.#socket.on('close', (code, reason) => resolve({ code, reason: reason.toString() }));
      this.#socket.on('error', reject);
    });
    this.closed.catch(() => undefined);
    this.#socket.on('message', (data) => this.#take(JSON.parse(String(data)) as FrameBody));
  }

  #take(frame: FrameBody): void {
    this.frames.push(frame);
    this.#onFrame(frame);
    for (const waiting of this.#waiting) {
      if (!waiting.wanted(frame)) continue;
      this.#waiting.delete(waiting);
      waiting.resolve(frame);
    }
  }

  /** The first frame, past or to come within `timeoutMs`, that is wanted. */
  async next(wanted: (frame: FrameBody) => boolean, timeoutMs = 60_000): Promise<FrameBody> {
    const past = this.frames.find(wanted);
    if (past) return past;
    const { promise, resolve, reject } = Promise.withResolvers<FrameBody>();
    const waiting = { wanted, resolve };
    this.#waiting.add(waiting);
    const seen = () => this.frames.map((frame) => frame.type).join(', ');
    const timer = setTimeout(() => reject(new Error(`no such frame in ${timeoutMs} ms; seen: ${seen()}`)), timeoutMs);
    const failed = this.closed.then(({ code, reason }) => {
      throw new Error(`closed with ${code} ${reason} while waiting; seen: ${seen()}`);
    });
    try {
      return await Promise.race([promise, failed]);
    } finally {
      clearTimeout(timer);
      this.#waiting.delete(waiting);
    }
  }

  /** Calls `take` with every frame so far, then with every one to come. */
  onFrame(take: (frame: FrameBody) => void): void {
    for (const frame of this.frames) take(frame);
    this.#onFrame = take;
  }

  ofType(type: string): FrameBody[] {
    return this.frames.filter((frame) => frame.type === type);
  }

  send(frame: object): void {
    this.#socket.send(JSON.stringify(frame));
  }

  close(): void {
    this.#socket.terminate();
  }
}

/** A fresh Idempotency-Key header. */
export function freshKey(): Record<string, string> {
  return { 'idempotency-key': randomUUID() };
}
