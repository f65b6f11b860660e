import { once } from 'node:events';
import type { Server as HttpServer } from 'node:http';
import net, { type AddressInfo, type Socket } from 'node:net';

/**
 * How many queues of new connections a port has. libuv takes one connection a turn of the loop from each, and on a busy
 * machine, as when thousands come at once, a process gets few turns: with one queue a gateway let in 65 a second, and
 * those behind had given up, or been reset by the kernel, before it was their turn.
 */
const QUEUES = process.platform === 'linux' ? 16 : 1;

export interface AcceptOptions {
  /** 0 = a free one. */
  readonly port: number;
  /** null = every address of the machine. */
  readonly host: string | null;
  /** How many connections there may be; those beyond are ended at once. No bound unless given. */
  readonly maximum?: number;
}

export interface Accepting {
  readonly port: number;
  /** Takes nobody any more, and resolves once all that were taken have gone. */
  close(): Promise<void>;
}

/** Has a server take connections by several queues of one port. @throws where the port is taken */
export async function acceptConnections(server: HttpServer, options: AcceptOptions): Promise<Accepting> {
  const { host, maximum = Infinity } = options;
  // Sockets that share a port do not notice one another, so another process is looked for by one that does not share.
  if (options.port !== 0) await bind(net.createServer(), options.port, host, false).then((probe) => probe.close());
  bound(server, maximum);
  await bind(server, options.port, host, QUEUES > 1);
  const { port } = server.address() as AddressInfo;
  const others = Array.from({ length: QUEUES - 1 }, () =>
    net.createServer({ allowHalfOpen: true, noDelay: true }, (socket) => server.emit('connection', socket)),
  );
  for (const other of others) await bind(other, port, host, true);
  return {
    port,
    async close() {
      const closing = [server, ...others].map((one) => new Promise((resolve) => one.close(resolve)));
      await Promise.all(closing);
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

/** Counts whoever comes by any queue; `maxConnections` of a server knows of its own only. */
function bound(server: HttpServer, maximum: number): void {
  let open = 0;
  server.prependListener('connection', (socket: Socket) => {
    open++;
    socket.once('close', () => open--);
    if (open > maximum) socket.destroy();
  });
}
