import type { Socket } from 'node:net';
import { randomUUID } from 'node:crypto';
import { WebSocket } from 'ws';
import type { Caller } from '../shared/endpoint.ts';
import type { Verified } from '../shared/jwt.ts';
import { close, type CloseReason, TOO_LARGE, TOO_MANY_PARTS } from './close-codes.ts';
import type { Viewer } from './hub.ts';
import { metrics } from './metrics.ts';

/**
 * ws's socket with the one field that leads back to our connection, so that a connection needs no closures of its own.
 * A message in more parts than allowed is a frame that is too large, and says so (contract.md, 3).
 */
export class ViewerSocket extends WebSocket {
  connection: Connection | null = null;

  override close(code?: number, reason?: string | Buffer): void {
    super.close(code === TOO_MANY_PARTS ? TOO_LARGE : code, reason);
  }
}

/** A viewer is cut once this much waits for it … */
export const WAITING_LIMIT_BYTES = 1_048_576;
/** … or once what waits first has waited for so long. */
export const HEAD_LIMIT_MS = 5_000;
/** Client frames that may wait while an earlier one is being answered. */
const WAITING_FRAMES = 128;

/** What connections tell, the same for all of them. */
export interface ConnectionLife {
  /** Nothing may be written to it any more. */
  closing(connection: Connection): void;
  /** A task of it threw what nobody expected. */
  failed(connection: Connection, error: unknown): void;
}

/** One socket: who its token proved it to be, what waits for it, and how much it may say. */
export class Connection implements Viewer {
  readonly id: string = randomUUID();
  readonly topics = new Set<string>();
  readonly socket: ViewerSocket;
  caller: Caller | null;
  /** When its token ends, ms since 1970; never for a viewer without one. */
  expiresAtMs: number;
  /** When a ping was last sent, and whether its pong is still awaited. */
  pingedAtMs: number;
  isPongAwaited = false;
  leasedAtMs = 0;
  badFrames = 0;
  readonly #stream: Socket;
  readonly #life: ConnectionLife;
  #limitBytes = WAITING_LIMIT_BYTES;
  #headMark = 0;
  #headSinceMs = 0;
  /** When all frames counted so far will have been earned back: one number is a whole token bucket. */
  #framesPaidAtMs = 0;
  #waitingFrames = 0;
  #turn: Promise<void> | null = null;

  constructor(socket: ViewerSocket, stream: Socket, verified: Verified | null, nowMs: number, life: ConnectionLife) {
    this.socket = socket;
    this.#stream = stream;
    this.caller = verified?.caller ?? null;
    this.expiresAtMs = verified?.expiresAtMs ?? Infinity;
    this.pingedAtMs = nowMs;
    this.#life = life;
    socket.connection = this;
  }

  get subject(): string | null {
    return this.caller?.subject ?? null;
  }

  get isOpen(): boolean {
    return this.socket.readyState === WebSocket.OPEN;
  }

  /**
   * Writes whole frames straight to the TCP socket. ws writes its own frames (ping, pong, close) to the same socket in
   * the same way: without compression, and with no data sent through it, its sender keeps no queue and calls `write`
   * before it returns. So each write of either side is whole frames, and they lie in the order of the calls.
   */
  write(bytes: Buffer): void {
    if (!this.isOpen) return;
    if (this.#stream.writableLength > this.#limitBytes) return this.#cut();
    this.#stream.write(bytes);
  }

  /** Writes what a viewer asked to be sent again, which may be more than is allowed to wait otherwise. */
  writeReplay(bytes: Buffer): void {
    this.#limitBytes = WAITING_LIMIT_BYTES + bytes.length;
    this.write(bytes);
  }

  /** Looks at what waits; to be called about once a second. */
  checkWaiting(nowMs: number): void {
    const waiting = this.#stream.writableLength;
    if (waiting <= WAITING_LIMIT_BYTES) this.#limitBytes = WAITING_LIMIT_BYTES;
    if (waiting === 0) {
      this.#headMark = 0;
      return;
    }
    const written = this.#stream.bytesWritten;
    if (written - waiting >= this.#headMark) {
      this.#headMark = written;
      this.#headSinceMs = nowMs;
    } else if (nowMs - this.#headSinceMs > HEAD_LIMIT_MS) this.#cut();
  }

  #cut(): void {
    metrics.slowCuts.inc();
    this.close(close.tooSlow);
  }

  close({ code, reason }: CloseReason): void {
    if (!this.isOpen) return;
    metrics.closes.inc({ code });
    this.socket.close(code, reason);
    this.#life.closing(this);
  }

  /**
   * Counts a frame of the client; false where it is one too many. `limit.frames` may come at once, and each is earned
   * back in its share of `limit.spanMs` (the generic cell rate algorithm, ITU-T I.371): there is no edge of a span at
   * which twice as many may come.
   */
  countFrame(limit: FrameLimit | null, nowMs: number): boolean {
    if (!limit) return true;
    const shareMs = limit.spanMs / limit.frames;
    const paidAtMs = Math.max(this.#framesPaidAtMs, nowMs);
    // Half a share apart from the bound itself, so that no rounding of a sum of shares takes the last frame away.
    if (paidAtMs - nowMs > limit.spanMs - shareMs / 2) return false;
    this.#framesPaidAtMs = paidAtMs + shareMs;
    return true;
  }

  /** Runs tasks one after another, in the order they came; what the client said second is never answered first. */
  inOrder(task: () => Promise<void>): void {
    if (this.#waitingFrames >= WAITING_FRAMES) return this.close(close.tooManyFrames);
    this.#waitingFrames++;
    const turn = (this.#turn ?? Promise.resolve())
      .then(task)
      .catch((error: unknown) => this.#life.failed(this, error))
      .finally(() => {
        this.#waitingFrames--;
        if (this.#turn === turn) this.#turn = null;
      });
    this.#turn = turn;
  }
}

export interface FrameLimit {
  readonly frames: number;
  readonly spanMs: number;
}
