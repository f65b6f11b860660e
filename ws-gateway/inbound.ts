import { Type } from '@sinclair/typebox';
import { TokenError } from '../shared/jwt.ts';
import { compile, closed } from '../shared/schema.ts';
import { JsonError, parseStrictJson } from '../shared/strict-json.ts';
import { close } from './close-codes.ts';
import type { Connection } from './connection.ts';
import { metrics } from './metrics.ts';
import { authenticatedFrame, errorFrame } from './outbound.ts';
import type { Parts } from './parts.ts';
import { leaveForbiddenRooms, refuse, subscribe, unsubscribe } from './subscriptions.ts';

/** What clients say. A frame that cannot be understood gets an error frame; the fifth of one socket closes it. */
const MAXIMUM_BAD_FRAMES = 5;

const Topic = Type.String({ minLength: 1, maxLength: 100 });
const Reference = Type.Optional(Type.String({ maxLength: 100 }));
const After = closed({
  epoch: Type.String({ maxLength: 50 }),
  seq: Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER }),
});

/** `[` and `{` within each other; the deepest frame of ours has two. */
const MAXIMUM_DEPTH = 8;

const clientFrames = {
  subscribe: compile(
    closed({ type: Type.Literal('subscribe'), topic: Topic, after: Type.Optional(After), ref: Reference }),
  ),
  unsubscribe: compile(closed({ type: Type.Literal('unsubscribe'), topic: Topic, ref: Reference })),
  auth: compile(closed({ type: Type.Literal('auth'), token: Type.String({ maxLength: 8_192 }), ref: Reference })),
};

type ClientFrame = {
  [K in keyof typeof clientFrames]: Extract<ReturnType<(typeof clientFrames)[K]>, { ok: true }>['value'];
}[keyof typeof clientFrames];

type Read =
  | { readonly ok: true; readonly frame: ClientFrame }
  | { readonly ok: false; readonly message: string; readonly reference?: string };

/** A frame's text → what the client wants, or what is wrong with it in words for its author. */
export function readClientFrame(text: string): Read {
  let json: unknown;
  try {
    json = parseStrictJson(text, MAXIMUM_DEPTH);
  } catch (error) {
    if (error instanceof JsonError) return { ok: false, message: `bad frame: ${error.message}` };
    throw error;
  }
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    return { ok: false, message: 'bad frame: is not an object' };
  }
  const { type, ref } = json as { type?: unknown; ref?: unknown };
  const reference = typeof ref === 'string' && ref.length <= 100 ? { reference: ref } : {};
  if (typeof type !== 'string' || !isKnown(type)) return { ok: false, message: 'unknown type', ...reference };
  const checked = clientFrames[type](json);
  if (checked.ok) return { ok: true, frame: checked.value };
  const { path, message } = checked.faults[0] ?? { path: '/', message: 'is wrong' };
  return { ok: false, message: `bad frame: ${path} ${message}`, ...reference };
}

function isKnown(type: string): type is keyof typeof clientFrames {
  return Object.hasOwn(clientFrames, type);
}

/** Takes one data frame of a client. */
export function receive(parts: Parts, connection: Connection, bytes: Buffer, isBinary: boolean): void {
  // Once the last bad frame is in, what comes behind it is not heard: its close is already on the way.
  if (!connection.isOpen || connection.badFrames >= MAXIMUM_BAD_FRAMES || !countFrame(parts, connection)) return;
  const read: Read = isBinary
    ? { ok: false, message: 'bad frame: binary frames are not taken' }
    : readClientFrame(bytes.toString('utf8'));
  metrics.framesIn.inc({ type: read.ok ? read.frame.type : 'bad' });
  const isLast = !read.ok && ++connection.badFrames >= MAXIMUM_BAD_FRAMES;
  connection.inOrder(() => (read.ok ? obey(parts, connection, read.frame) : complain(connection, read, isLast)));
}

/** False, with the socket closed, where the client says too much. Pings count like any other frame. */
export function countFrame({ limits, now }: Parts, connection: Connection): boolean {
  if (connection.countFrame(limits.frames, now())) return true;
  connection.close(close.tooManyFrames);
  return false;
}

async function complain(connection: Connection, read: Extract<Read, { ok: false }>, isLast: boolean): Promise<void> {
  connection.write(errorFrame(400, read.message, read.reference));
  if (isLast) connection.close(close.badFrame);
}

async function obey(parts: Parts, connection: Connection, frame: ClientFrame): Promise<void> {
  if (!connection.isOpen) return;
  switch (frame.type) {
    case 'subscribe': {
      const refusal = await subscribe(parts, connection, frame.topic, frame.after ?? null);
      if (refusal) refuse(connection, refusal, frame.ref);
      return;
    }
    case 'unsubscribe':
      return unsubscribe(parts, connection, frame.topic);
    case 'auth':
      return renew(parts, connection, frame.token);
  }
}

/** A fresh token of the same person; any other ends the socket. */
async function renew(parts: Parts, connection: Connection, token: string): Promise<void> {
  try {
    const { caller, expiresAtMs } = await parts.verifier.verify(token);
    if (caller.subject !== connection.subject) return connection.close(close.unauthorized);
    connection.caller = caller;
    connection.expiresAtMs = expiresAtMs;
  } catch (error) {
    if (!(error instanceof TokenError)) parts.log.warn({ err: error }, 'a token could not be checked');
    return connection.close(close.unauthorized);
  }
  connection.write(authenticatedFrame);
  leaveForbiddenRooms(parts, connection);
}
