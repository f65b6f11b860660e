/**
 * What is written to sockets. A frame is built once, header and payload in one buffer, and the same buffer goes to
 * every viewer: unmasked as servers must, whole (FIN), text (RFC 6455, 5.2).
 */
const FIN_AND_TEXT = 0x81;
const COMMA = 0x2c;
const EMPTY = Buffer.alloc(0);

/** The wire bytes of a text frame. @param payload JSON text in UTF-8 */
export function textFrame(payload: Buffer | string): Buffer {
  const text = typeof payload === 'string' ? Buffer.from(payload) : payload;
  const frame = emptyFrame(text.length);
  text.copy(frame, frame.length - text.length);
  return frame;
}

/**
 * The wire bytes of a frame of the log: its text with its place in the topic as the first field.
 * @param body a JSON object's text with at least one field: the bytes, or a string of one character for each byte
 */
export function placedFrame(seq: number, body: Buffer | string): Buffer {
  const place = placeOf(seq);
  const frame = emptyFrame(place.length + body.length);
  const at = frame.length - body.length;
  if (typeof body === 'string') frame.write(body, at, 'latin1');
  else body.copy(frame, at);
  // The place opens the object; where the text did, its fields go on.
  frame[at] = COMMA;
  frame.write(place, at - place.length, 'latin1');
  return frame;
}

/** How long `placedFrame` is, without building it. */
export function placedFrameLength(seq: number, bodyBytes: number): number {
  const payloadBytes = placeOf(seq).length + bodyBytes;
  return headerBytesFor(payloadBytes) + payloadBytes;
}

/** What stands before a frame's own fields, up to the comma that takes the place of its opening brace. */
function placeOf(seq: number): string {
  return `{"seq":${seq}`;
}

function headerBytesFor(payloadBytes: number): 2 | 4 | 10 {
  return payloadBytes < 126 ? 2 : payloadBytes < 65_536 ? 4 : 10;
}

/** The header of a frame, and room for its payload. */
function emptyFrame(payloadBytes: number): Buffer {
  const headerBytes = headerBytesFor(payloadBytes);
  // Memory of its own: a frame that stays in a window would keep a whole slab of Node's pool, and fifteen frames in it.
  const frame = Buffer.allocUnsafeSlow(headerBytes + payloadBytes);
  frame[0] = FIN_AND_TEXT;
  if (headerBytes === 2) frame[1] = payloadBytes;
  else if (headerBytes === 4) {
    frame[1] = 126;
    frame.writeUInt16BE(payloadBytes, 2);
  } else {
    frame[1] = 127;
    frame.writeBigUInt64BE(BigInt(payloadBytes), 2);
  }
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
