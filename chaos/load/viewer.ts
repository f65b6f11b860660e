import { setTimeout as sleep } from 'node:timers/promises';
import { WebSocket } from 'ws';
import type { Seen } from '../history.ts';

type FrameBody = Record<string, unknown> & { readonly type?: unknown; readonly id?: unknown };

const RETRY_MS = 200;
const SILENCE_MS = 60_000;

export interface ViewerOptions {
  readonly room: string;
  readonly by: string;
  readonly token: string;
  readonly gateway: number;
  readonly gatewayUrl: string;
  /** Gets each frame that is shown for the first time. */
  readonly onShown: (viewer: Viewer, frame: FrameBody) => void;
}

/** A viewer who comes back after every cut, resumes, and drops ids that it knows, as the contract asks of a client. */
export class Viewer implements Seen {
  readonly room: string;
  readonly by: string;
  readonly gateway: number;
  readonly order: string[] = [];
  readonly types = new Map<string, string>();
  readonly shownAtMs = new Map<string, number>();
  readonly refundOf = new Map<string, string>();
  readonly privateIds: string[] = [];
  gaps = 0;
  reconnects = 0;
  readonly #options: ViewerOptions;
  #after: { epoch: unknown; seq: unknown } | null = null;
  #socket: WebSocket | null = null;
  #isLeaving = false;
  #staying: Promise<void> = Promise.resolve();

  constructor(options: ViewerOptions) {
    this.#options = options;
    this.room = options.room;
    this.by = options.by;
    this.gateway = options.gateway;
  }

  /** Resolves once the room is joined; from then on the viewer comes back by itself. */
  async enter(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#staying = this.#stay(resolve);
    await promise;
  }

  async #stay(entered: () => void): Promise<void> {
    while (!this.#isLeaving) {
      await this.#visit(entered);
      this.reconnects++;
      if (!this.#isLeaving) await sleep(RETRY_MS);
    }
  }

  /** One connection, from its opening to its end. */
  #visit(entered: () => void): Promise<void> {
    return new Promise((resolve) => {
      const topic = `room:${this.room}`;
      const socket = new WebSocket(`${this.#options.gatewayUrl}/ws`, ['bearer', this.#options.token], {
        handshakeTimeout: 5_000,
      });
      this.#socket = socket;
      // The gateway pings every 25 s: whoever hears nothing for a minute has lost it.
      const silence = setTimeout(() => socket.terminate(), SILENCE_MS);
      socket.on('ping', () => silence.refresh());
      socket.on('error', () => undefined);
      socket.on('close', () => {
        clearTimeout(silence);
        resolve();
      });
      socket.on('message', (data: Buffer) => {
        silence.refresh();
        const frame = JSON.parse(data.toString()) as FrameBody;
        if (frame.type === 'welcome')
          socket.send(JSON.stringify({ type: 'subscribe', topic, ...(this.#after && { after: this.#after }) }));
        else if (frame.type === 'subscribed' && frame['topic'] === topic) {
          if (this.#after && frame['recovered'] !== true) this.gaps++;
          if (frame['recovered'] !== true) this.#after = { epoch: frame['epoch'], seq: frame['seq'] };
          entered();
        } else this.#take(frame, topic);
      });
    });
  }

  #take(frame: FrameBody, topic: string): void {
    const { id, type, seq } = frame;
    if (typeof id !== 'string' || typeof type !== 'string') return;
    if (frame['topic'] !== topic) {
      if (frame['topic'] !== `person:${this.by}`) this.privateIds.push(id);
      return;
    }
    if (this.#after) this.#after = { epoch: this.#after.epoch, seq };
    if (this.types.has(id)) return;
    this.types.set(id, type);
    this.order.push(id);
    if (frame['is_public'] === false) this.privateIds.push(id);
    if (type === 'donate') this.shownAtMs.set(id, performance.now());
    if (type === 'donate_refunded') this.refundOf.set(id, String(frame['donate_id']));
    this.#options.onShown(this, frame);
  }

  /** Its connection breaks, as a mobile network's would; it comes back. */
  drop(): void {
    this.#socket?.terminate();
  }

  async leave(): Promise<void> {
    this.#isLeaving = true;
    this.#socket?.terminate();
    await this.#staying;
  }
}
