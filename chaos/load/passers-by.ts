import { setTimeout as sleep } from 'node:timers/promises';
import { WebSocket } from 'ws';
import { type Product, signToken } from '../../e2e/support/product.ts';
import type { Caller } from './caller.ts';

const EVERY_MS = 700;
const STAY_MS = 2_000;
const MAXIMUM_INSIDE = 10;

/** People who look into a room for two seconds and go: connections that come, are registered, and close. */
export class PassersBy {
  readonly #product: Product;
  readonly #caller: Caller;
  readonly #rooms: readonly string[];
  readonly #inside = new Set<Promise<void>>();
  #timer: NodeJS.Timeout | undefined;
  #count = 0;

  constructor(product: Product, caller: Caller, rooms: readonly string[]) {
    this.#product = product;
    this.#caller = caller;
    this.#rooms = rooms;
  }

  start(): void {
    this.#timer = setInterval(() => {
      if (this.#inside.size >= MAXIMUM_INSIDE) return;
      const visit = this.#visit(this.#count++).finally(() => this.#inside.delete(visit));
      this.#inside.add(visit);
    }, EVERY_MS);
  }

  async #visit(at: number): Promise<void> {
    const { gatewayUrls, secret } = this.#product;
    const { token } = signToken(secret, { name: 'passer-by' });
    const room = this.#rooms[at % this.#rooms.length] as string;
    const gatewayUrl = gatewayUrls[at % gatewayUrls.length] as string;
    const socket = new WebSocket(`${gatewayUrl}/room/${room}`, ['bearer', token], { handshakeTimeout: 5_000 });
    socket.on('error', () => undefined);
    socket.on('message', (data: Buffer) => {
      const frame = JSON.parse(data.toString()) as Record<string, unknown>;
      if (frame['type'] !== 'welcome') return;
      void this.#caller.post('/chat/connection/add', token, { connection_id: frame['connection_id'] });
    });
    await sleep(STAY_MS);
    socket.terminate();
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await Promise.all(this.#inside);
  }
}
