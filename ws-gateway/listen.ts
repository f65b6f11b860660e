import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import net, { type AddressInfo, type Socket } from 'node:net';
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

/**
 * How many queues of new connections the port has. libuv takes one connection a turn of the loop from each, and on a
 * machine that is busy, as when thousands come back at once, a gateway gets few turns: with one queue it let in 65 a
 * second, and those behind had given up by the time they were let in.
 */
const ACCEPT_QUEUES = process.platform === 'linux' ? 16 : 1;

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
  // Sockets that share a port do not notice one another, so another process is looked for by one that does not share.
  if (options.port !== 0)
    await bind(net.createServer(), options.port, options.host, false).then((probe) => probe.close());
  const isShared = ACCEPT_QUEUES > 1;
  await bind(server, options.port, options.host, isShared);
  const { port } = server.address() as AddressInfo;
  const others = Array.from({ length: ACCEPT_QUEUES - 1 }, () =>
    net.createServer({ allowHalfOpen: true, noDelay: true }, (stream) => server.emit('connection', stream)),
  );
  for (const other of others) await bind(other, port, options.host, isShared);
  return {
    port,
    close() {
      for (const one of [server, ...others]) one.close();
      server.closeAllConnections();
    },
  };
}

async function bind<S extends net.Server>(
  server: S,
  port: number,
  host: string | null,
  reusePort: boolean,
): Promise<S> {
  server.listen({ port, host: host ?? undefined, reusePort });
  await once(server, 'listening');
  return server;
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
