import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { errorText } from './errors.ts';
import type { Logger } from './logger.ts';
import { registry } from './metrics.ts';

/** What a process depends on: resolves when it can be used, rejects with the reason. */
export type Check = () => Promise<void> | void;

/** Alive, ready, measured: the three operator's routes that every process answers (contract.md, 2.7). */
export class Health {
  #isDraining = false;
  readonly #checks: Readonly<Record<string, Check>>;

  constructor(checks: Readonly<Record<string, Check>>) {
    this.#checks = checks;
  }

  /** From now on not ready: nothing new should be sent here. */
  drain(): void {
    this.#isDraining = true;
  }

  /** Every dependency with "ok" or what is wrong with it; each check has 2 s. */
  async report(): Promise<{ ready: boolean; checks: Record<string, string> }> {
    const names = Object.keys(this.#checks);
    const results = await Promise.all(names.map((name) => this.#run(name)));
    const checks: Record<string, string> = Object.fromEntries(names.map((name, at) => [name, results[at] as string]));
    if (this.#isDraining) checks['process'] = 'draining';
    return { ready: Object.values(checks).every((text) => text === 'ok'), checks };
  }

  async #run(name: string): Promise<string> {
    const timeout = new Promise<never>((_, reject) => setTimeout(reject, 2_000, new Error('no answer in 2 s')).unref());
    try {
      await Promise.race([Promise.resolve().then(this.#checks[name]), timeout]);
      return 'ok';
    } catch (error) {
      return errorText(error);
    }
  }

  /** Answers /healthz, /readyz and /metrics; false where the path is another. */
  async answer(request: IncomingMessage, response: ServerResponse): Promise<boolean> {
    const path = (request.url ?? '').split('?', 1)[0];
    if (path === '/healthz') send(response, 200, { status: 'alive' });
    else if (path === '/readyz') {
      const report = await this.report();
      send(response, report.ready ? 200 : 503, {
        status: report.ready ? 'ready' : 'not ready',
        checks: report.checks,
      });
    } else if (path === '/metrics') {
      response.writeHead(200, { 'content-type': registry.contentType }).end(await registry.metrics());
    } else return false;
    return true;
  }
}

function send(response: ServerResponse, status: number, body: object): void {
  response
    .writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' })
    .end(JSON.stringify(body));
}

/** A loopback server for a process that has no port of its own. @param port 0 = a free one, which is logged */
export async function serveHealth(
  health: Health,
  port: number,
  log: Logger,
): Promise<{ port: number; close(): Promise<void> }> {
  const server = createServer((request, response) => {
    health.answer(request, response).then(
      (answered) => answered || send(response, 404, { success: 'false', message: 'not found' }),
      (error: unknown) => {
        log.error({ err: error }, 'a health route failed');
        response.destroy();
      },
    );
  });
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, '127.0.0.1', resolve));
  const address = server.address() as AddressInfo;
  log.info({ port: address.port }, 'metrics and health');
  return {
    port: address.port,
    close: () => new Promise((resolve) => (server.close(() => resolve()), server.closeAllConnections())),
  };
}
