/** Opcodes of RFC 6455 that a reader must tell apart. */
export const TEXT = 1;
export const CLOSE = 8;
export const PING = 9;

const SHORT_HEADER_BYTES = 2;
const LONGEST_HEADER_BYTES = 10;

/**
 * Walks a stream of WebSocket frames from a server (unmasked) and tells of each its opcode and payload length once its
 * last byte is there. It never looks at a payload itself: counting must cost less than sending. `onPiece`, where given,
 * gets a payload as it comes: one piece or several, and whether it is the last of its frame.
 */
export class FrameReader {
  readonly #header = Buffer.alloc(LONGEST_HEADER_BYTES);
  readonly #onFrame: (opcode: number, payloadBytes: number) => void;
  readonly #onPiece: ((piece: Buffer, isLast: boolean) => void) | null;
  #headerBytes = 0;
  #payloadBytes = 0;
  #leftBytes = 0;

  constructor(
    onFrame: (opcode: number, payloadBytes: number) => void,
    onPiece: ((piece: Buffer, isLast: boolean) => void) | null = null,
  ) {
    this.#onFrame = onFrame;
    this.#onPiece = onPiece;
  }

  /** Reads `chunk` from `start` up to `end`. */
  read(chunk: Buffer, start: number, end: number): void {
    let at = start;
    while (at < end) {
      if (this.#leftBytes > 0) {
        const step = Math.min(this.#leftBytes, end - at);
        at += step;
        this.#leftBytes -= step;
        this.#onPiece?.(chunk.subarray(at - step, at), this.#leftBytes === 0);
        if (this.#leftBytes === 0) this.#finish();
        continue;
      }
      this.#header[this.#headerBytes++] = chunk[at++] ?? 0;
      if (this.#headerBytes < SHORT_HEADER_BYTES || this.#headerBytes < this.#wantedHeaderBytes()) continue;
      this.#payloadBytes = this.#lengthInHeader();
      this.#leftBytes = this.#payloadBytes;
      if (this.#leftBytes === 0) this.#finish();
    }
  }

  #finish(): void {
    this.#headerBytes = 0;
    this.#onFrame((this.#header[0] ?? 0) & 0x0f, this.#payloadBytes);
  }

  #wantedHeaderBytes(): number {
    const length = (this.#header[1] ?? 0) & 0x7f;
    return length < 126 ? 2 : length === 126 ? 4 : LONGEST_HEADER_BYTES;
  }

  #lengthInHeader(): number {
    const length = (this.#header[1] ?? 0) & 0x7f;
    if (length < 126) return length;
    return length === 126 ? this.#header.readUInt16BE(2) : Number(this.#header.readBigUInt64BE(2));
  }
}

/** A client's text frame as it goes over the wire. The mask is zero: legal, and the payload stays readable. */
export function clientFrame(text: string): Buffer {
  const payload = Buffer.from(text);
  if (payload.length > 125) throw new Error('a frame of a load generator has at most 125 bytes');
  return Buffer.concat([Buffer.from([0x80 | TEXT, 0x80 | payload.length, 0, 0, 0, 0]), payload]);
}

/** An empty pong. */
export const pong = Buffer.from([0x8a, 0x80, 0, 0, 0, 0]);

/**
 * How many events a data frame holds. Some servers join several, one a line, in one frame (Centrifugo does); as all
 * events are equally long, give or take a digit, the length tells.
 * @param unitBytes length of a frame with a single event
 */
export function eventsInFrame(payloadBytes: number, unitBytes: number): number {
  return Math.round((payloadBytes + 1) / (unitBytes + 1));
}
