import { createServer, type Server, STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { Accepting } from '../shared/accept-queues.ts';
import type { Listener } from './app.ts';
import { errorBody, singleHeader } from './respond.ts';

/** How much of a connection one caller may have (reliability.md, d, rows 26, 34, 35); Node's own bounds are far wider. */
export interface ServerBounds {
  readonly headersTimeoutMs: number;
  readonly requestTimeoutMs: number;
  readonly checkingIntervalMs: number;
  readonly keepAliveMs: number;
  readonly maximumHeaderBytes: number;
  readonly maximumConnections: number;
}

export const defaultBounds: ServerBounds = {
  headersTimeoutMs: 10_000,
  requestTimeoutMs: 15_000,
  checkingIntervalMs: 2_000,
  keepAliveMs: 20_000,
  maximumHeaderBytes: 16 * 1024,
  maximumConnections: 10_000,
};

const REFUSALS: Readonly<Record<string, { status: number; message: string }>> = {
  HPE_HEADER_OVERFLOW: { status: 431, message: 'too large' },
  ERR_HTTP_REQUEST_TIMEOUT: { status: 408, message: 'too slow' },
};

/** The HTTP server, not yet listening. What is no HTTP is answered in the one error shape, and the connection ended. */
export function createHttpServer(listener: Listener, bounds: ServerBounds = defaultBounds): Server {
  const server: Server = createServer(
    {
      headersTimeout: bounds.headersTimeoutMs,
      requestTimeout: bounds.requestTimeoutMs,
      connectionsCheckingInterval: bounds.checkingIntervalMs,
      keepAliveTimeout: bounds.keepAliveMs,
      maxHeaderSize: bounds.maximumHeaderBytes,
      insecureHTTPParser: false,
    },
    (request, response) => {
      // Node keeps the first of two and says nothing: a proxy may have routed by the second.
      if (singleHeader(request, 'host') === null) refuse(request.socket, 400, 'bad params');
      else {
        // Draining: whoever asks on a kept connection shall open the next one elsewhere.
        if (!server.listening) response.setHeader('Connection', 'close');
        listener(request, response);
      }
    },
  );
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    const { status, message } = REFUSALS[error.code ?? ''] ?? { status: 400, message: 'bad params' };
    refuse(socket as Socket, status, message);
  });
  return server;
}

function refuse(socket: Socket, status: number, message: string): void {
  if (!socket.writable) {
    socket.destroy();
    return;
  }
  const body = errorBody({ message, faults: undefined });
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nConnection: close\r\nContent-Type: application/json; charset=utf-8\r\n` +
      `X-Content-Type-Options: nosniff\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
    () => socket.destroy(),
  );
}

const IDLE_CHECK_MS = 50;

/** Takes no new connections, lets requests in flight end for `limitMs` at most, then cuts what is left. */
export async function closeServer(server: Server, accepting: Accepting, limitMs: number): Promise<void> {
  const limit = setTimeout(() => server.closeAllConnections(), limitMs);
  // Node closes idle connections once; those whose last answer comes later would be kept open for more.
  const idle = setInterval(() => server.closeIdleConnections(), IDLE_CHECK_MS);
  await accepting.close();
  clearTimeout(limit);
  clearInterval(idle);
}
