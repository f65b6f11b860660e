import { type IncomingMessage, STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { WebSocketServer } from 'ws';
import { TokenError, type TokenVerifier, type Verified } from '../shared/jwt.ts';
import type { Logger } from '../shared/logger.ts';
import { ViewerSocket } from './connection.ts';
import { isOriginAllowed, readEndpoint, readToken, TOKEN_PROTOCOL } from './handshake.ts';
import { metrics } from './metrics.ts';
import { UpgradeLimits } from './upgrade-limits.ts';

/**
 * From an upgrade request to a socket. Everything that can be refused without a socket is refused in HTTP, before the
 * upgrade. Neither the address nor a header of a request is ever logged: each can hold the token.
 */
export interface UpgradeOptions {
  readonly allowedOrigins: readonly string[] | null;
  readonly allowAnonymous: boolean;
  readonly verifier: TokenVerifier;
  readonly log: Logger;
  readonly now: () => number;
  /** False until the windows are filled, and again while draining. */
  isOpenToAll(): boolean;
  open(socket: ViewerSocket, stream: Socket, verified: Verified | null, room: string | null): void;
}

/** Frames of clients: 64 KiB in at most 64 parts, and no compression to be abused. */
const socketOptions = {
  noServer: true,
  clientTracking: false,
  maxPayload: 65_536,
  maxFragments: 64,
  perMessageDeflate: false,
  // Answered in opening.ts, where pings are counted.
  autoPong: false,
  // How long a client may take over its half of the closing handshake.
  closeTimeout: 10_000,
  handleProtocols: (protocols: Set<string>) => protocols.has(TOKEN_PROTOCOL) && TOKEN_PROTOCOL,
  WebSocket: ViewerSocket,
};

export function createUpgrader(options: UpgradeOptions) {
  const server = new WebSocketServer<typeof ViewerSocket>(socketOptions);
  const limits = new UpgradeLimits(options.now);
  return async (request: IncomingMessage, head: Buffer): Promise<void> => {
    const stream = request.socket;
    stream.on('error', destroy);
    const outcome = await decide(request, options);
    stream.removeListener('error', destroy);
    if ('status' in outcome) {
      const mayHearWhy = outcome.status === 503 || limits.mayRefuse(stream.remoteAddress ?? '');
      return refuse(stream, mayHearWhy ? outcome : tooMany);
    }
    // A token may take a while to check, and draining may have begun meanwhile.
    if (stream.destroyed) return;
    if (!options.isOpenToAll() || !limits.mayAdmit(outcome.verified !== null)) return refuse(stream, unavailable);
    metrics.upgrades.inc({ status: 101 });
    server.handleUpgrade(request, stream, head, (socket) => {
      options.open(socket, stream, outcome.verified, outcome.room);
    });
  };
}

interface Refusal {
  readonly status: 401 | 403 | 404 | 429 | 503;
  readonly message: string;
  readonly headers?: Readonly<Record<string, string>>;
}

interface Accepted {
  readonly verified: Verified | null;
  readonly room: string | null;
}

const unavailable: Refusal = { status: 503, message: 'unavailable', headers: { 'retry-after': '1' } };
const tooMany: Refusal = { status: 429, message: 'too many requests', headers: { 'retry-after': '1' } };
const unauthorized: Refusal = { status: 401, message: 'anauthorized', headers: { 'www-authenticate': 'Bearer' } };

/** Looks at the token before anything is counted: who has none must not use up what is there for those who do. */
async function decide({ url = '', headers }: IncomingMessage, options: UpgradeOptions): Promise<Accepted | Refusal> {
  const endpoint = readEndpoint(url);
  if (!endpoint) return { status: 404, message: 'not found' };
  if (!isOriginAllowed(headers.origin, headers.host, options.allowedOrigins)) {
    return { status: 403, message: 'forbidden' };
  }
  if (!options.isOpenToAll()) return unavailable;
  const room = endpoint.kind === 'room' ? endpoint.ownerId : null;
  const token = readToken(headers, url);
  if (token === null) return options.allowAnonymous ? { verified: null, room } : unauthorized;
  try {
    return { verified: await options.verifier.verify(token), room };
  } catch (error) {
    if (error instanceof TokenError) return unauthorized;
    options.log.warn({ err: error }, 'a token could not be checked');
    return unavailable;
  }
}

function refuse(stream: Socket, { status, message, headers = {} }: Refusal): void {
  metrics.upgrades.inc({ status });
  if (stream.destroyed) return;
  const body = JSON.stringify({ success: 'false', message });
  const lines = Object.entries({
    connection: 'close',
    'content-type': 'application/json',
    'content-length': String(Buffer.byteLength(body)),
    ...headers,
  }).map(([name, value]) => `${name}: ${value}\r\n`);
  stream.on('error', destroy);
  stream.once('finish', destroy);
  stream.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${lines.join('')}\r\n${body}`);
}

function destroy(this: Socket): void {
  this.destroy();
}
