import { setTimeout as sleep } from 'node:timers/promises';
import { WebSocket } from 'ws';
import type { Absence, Seen } from '../history.ts';
import { ConnectionWatch } from './repeats.ts';

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
  readonly absences: Absence[] = [];
  readonly rejections = new Set<string>();
  wholeAfterSeq = -1;
  lastSeq = -1;
  reconnects = 0;
  readonly #watch = new ConnectionWatch();
  readonly #options: ViewerOptions;
  #after: { epoch: unknown; seq: unknown } | null = null;
  #socket: WebSocket | null = null;
  #lostAtMs = 0;
  #isLeaving = false;
  #staying: Promise<void> = Promise.resolve();

  constructor(options: ViewerOptions) {
    this.#options = options;
    this.room = options.room;
    this.by = options.by;
    this.gateway = options.gateway;
  }

  get gaps() {
    return this.absences.length;
  }

  get repeats() {
    return this.#watch.repeats;
  }

  get backwards() {
    return this.#watch.backwards;
  }

  /** Resolves once the room is joined; from then on the viewer comes back by itself. */
  async enter(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#staying = this.#stay(resolve);
    await promise;
  }

  async #stay(entered: () => void): Promise<void> {
    while (!this.#isLeaving) {
      this.#watch.begin();
      const wasInside = await this.#visit(entered);
      if (wasInside) this.#lostAtMs = performance.now();
      this.reconnects++;
      if (!this.#isLeaving) await sleep(RETRY_MS);
    }
  }

  /** One connection, from its opening to its end. @returns whether it came into the room */
  #visit(entered: () => void): Promise<boolean> {
    return new Promise((resolve) => {
      let isInside = false;
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
        resolve(isInside);
      });
      socket.on('message', (data: Buffer) => {
        silence.refresh();
        const frame = JSON.parse(data.toString()) as FrameBody;
        if (frame.type === 'welcome')
          socket.send(JSON.stringify({ type: 'subscribe', topic, ...(this.#after && { after: this.#after }) }));
        else if (frame.type === 'subscribed' && frame['topic'] === topic) {
          isInside = true;
          this.#settle(frame);
          entered();
          // The room is not saved yet, or nobody can say whether it is: a client asks again.
        } else if (frame.type === 'error' && !isInside) socket.terminate();
        else this.#take(frame, topic);
      });
    });
  }

  /** The answer to its subscription: where nothing was recovered, it begins anew there. */
  #settle(subscribed: FrameBody): void {
    if (subscribed['recovered'] === true) return;
    if (this.#after) {
      this.absences.push({ lostAtMs: this.#lostAtMs, backAtMs: performance.now() });
      this.wholeAfterSeq = Number(subscribed['seq']);
      this.lastSeq = -1;
    }
    this.#after = { epoch: subscribed['epoch'], seq: subscribed['seq'] };
  }

  #take(frame: FrameBody, topic: string): void {
    const { id, type, seq } = frame;
    if (typeof id !== 'string' || typeof type !== 'string') return;
    this.#watch.take({ id, topic: String(frame['topic']), seq: Number(seq) }, performance.now());
    if (frame['topic'] !== topic) {
      if (frame['topic'] !== `person:${this.by}`) this.privateIds.push(id);
      else if (type === 'donate_rejected') this.rejections.add(String(frame['donate_id']));
      return;
    }
    if (this.#after) this.#after = { epoch: this.#after.epoch, seq };
    if (frame['is_public'] !== false) this.lastSeq = Number(seq);
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
