/**
 * What is written to sockets. A frame is built once, header and payload in one buffer, and the same buffer goes to
 * every viewer: unmasked as servers must, whole (FIN), text (RFC 6455, 5.2).
 */
const FIN_AND_TEXT = 0x81;
const EMPTY = Buffer.alloc(0);

/** The wire bytes of a text frame. @param payload JSON text in UTF-8 */
export function textFrame(payload: Buffer | string): Buffer {
  const text = typeof payload === 'string' ? Buffer.from(payload) : payload;
  const length = text.length;
  const headerBytes = length < 126 ? 2 : length < 65_536 ? 4 : 10;
  // Memory of its own: a frame that stays in a window would keep a whole slab of Node's pool, and fifteen frames in it.
  const frame = Buffer.allocUnsafeSlow(headerBytes + length);
  frame[0] = FIN_AND_TEXT;
  if (headerBytes === 2) frame[1] = length;
  else if (headerBytes === 4) {
    frame[1] = 126;
    frame.writeUInt16BE(length, 2);
  } else {
    frame[1] = 127;
    frame.writeBigUInt64BE(BigInt(length), 2);
  }
  text.copy(frame, headerBytes);
  return frame;
}

/** Several frames as one write; a single one is passed on uncopied. */
export function joined(frames: readonly Buffer[]): Buffer {
  if (frames.length === 1) return frames[0] ?? EMPTY;
  return Buffer.concat(frames);
}

export interface TopicPosition {
  readonly topic: string;
  readonly epoch: string;
  readonly seq: number;
}

const frameOf = (frame: object) => textFrame(JSON.stringify(frame));

/** @param subject null for a viewer without a token */
export function welcomeFrame(connectionId: string, subject: string | null, heartbeatMs: number): Buffer {
  return frameOf({ type: 'welcome', connection_id: connectionId, sub: subject, heartbeat_ms: heartbeatMs });
}

/** @param count frames that follow at once, all that was missed; 0 unless recovered */
export function subscribedFrame(position: TopicPosition, recovered: boolean, count: number): Buffer {
  return frameOf({ type: 'subscribed', ...position, recovered, count });
}

export function positionFrame(position: TopicPosition): Buffer {
  return frameOf({ type: 'position', ...position });
}

export function unsubscribedFrame(topic: string): Buffer {
  return frameOf({ type: 'unsubscribed', topic });
}

export const authenticatedFrame = frameOf({ type: 'authenticated' });

/** @param code a number with the HTTP status's meaning @param reference the client's own `ref`, where it sent one */
export function errorFrame(code: number, message: string, reference?: string): Buffer {
  return frameOf({ type: 'error', code, message, ...(reference !== undefined && { ref: reference }) });
}
