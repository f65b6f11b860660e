import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { acceptConnections } from '../shared/accept-queues.ts';
import type { Health } from '../shared/health.ts';
import type { Logger } from '../shared/logger.ts';

/**
 * The port that sockets come to. It also answers the operator's routes, so that whatever balances the load can ask
 * where it sends; the measurements only to this machine.
 */
export interface ListenOptions {
  readonly host: string | null;
  /** 0 = a free one. */
  readonly port: number;
  readonly health: Health;
  readonly log: Logger;
  upgrade(request: IncomingMessage, head: Buffer): Promise<void>;
}

export interface Listening {
  readonly port: number;
  /** Takes nobody any more, and ends what has not become a WebSocket. */
  close(): void;
}

/** @throws where the port is taken */
export async function listen(options: ListenOptions): Promise<Listening> {
  const server = createServer({
    headersTimeout: 5_000,
    requestTimeout: 15_000,
    connectionsCheckingInterval: 2_000,
    keepAliveTimeout: 5_000,
    maxHeaderSize: 16_384,
  });
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    answer(request, response, options.health).catch((error: unknown) => {
      options.log.error({ err: error }, 'a request failed');
      response.destroy();
    });
  });
  server.on('upgrade', (request: IncomingMessage, stream: Socket, head: Buffer) => {
    options.upgrade(request, head).catch((error: unknown) => {
      options.log.error({ err: error }, 'an upgrade failed');
      stream.destroy();
    });
  });
  const { port, close } = await acceptConnections(server, options);
  return {
    port,
    close() {
      void close();
      server.closeAllConnections();
    },
  };
}

async function answer(request: IncomingMessage, response: ServerResponse, health: Health): Promise<void> {
  const isPrivate = (request.url ?? '').startsWith('/metrics') && !isLoopback(request.socket.remoteAddress);
  if (!isPrivate && (await health.answer(request, response))) return;
  response
    .writeHead(404, { 'content-type': 'application/json' })
    .end(JSON.stringify({ success: 'false', message: 'not found' }));
}

/** True for an address of this machine's own loop. */
export function isLoopback(address: string | undefined): boolean {
  if (address === undefined) return false;
  return address === '::1' || /^(?:::ffff:)?127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(address);
}
