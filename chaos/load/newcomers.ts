import { setTimeout as sleep } from 'node:timers/promises';
import { type Product, signToken } from '../../e2e/support/product.ts';
import type { Caller } from './caller.ts';
import type { Person, Planned } from './requests.ts';

export interface NewcomersOptions {
  readonly product: Product;
  readonly caller: Caller;
  readonly donors: readonly Person[];
  readonly prefix: string;
  /** The first donation of a new room. */
  readonly onDonation: (planned: Planned) => void;
}

const EVERY_MS = 1_500;
const MAXIMUM_LOOKS = 50;
const LOOK_MS = 200;

/** New streamers: each opens a room and is given one cent, which makes its donor the room's first sponsor. */
export class Newcomers {
  readonly #options: NewcomersOptions;
  readonly #arriving = new Set<Promise<void>>();
  #timer: NodeJS.Timeout | undefined;
  #count = 0;
  #isStopping = false;

  constructor(options: NewcomersOptions) {
    this.#options = options;
  }

  start(): void {
    this.#isStopping = false;
    this.#timer = setInterval(() => {
      const arrival = this.#arrive(this.#count++).finally(() => this.#arriving.delete(arrival));
      this.#arriving.add(arrival);
    }, EVERY_MS);
  }

  async #arrive(at: number): Promise<void> {
    const { product, caller, donors, prefix, onDonation } = this.#options;
    const owner = signToken(product.secret, { type: 'user', name: 'newcomer', expiresIn: 86_400 });
    const donor = donors[at % donors.length] as Person;
    const key = `${prefix}-${at}`;
    const isThere = await this.#insist(
      async () => (await caller.post('/room', owner.token, { name: key }, key)).status === 201,
    );
    // A room is known to others once `save` has it.
    const path = `/chat/sponsor?owner_id=${owner.sub}`;
    if (!isThere || !(await this.#insist(async () => (await caller.get(path, donor.token)).status === 200))) return;
    onDonation({
      request: {
        ...{ kind: 'donation', key, by: donor.sub, room: owner.sub, sum: 1n, isPrivate: false },
        ...{ dueAtMs: performance.now(), answers: new Map(), id: null, confirmedAtMs: 0, refused: 0 },
      },
      ...{ as: donor, path: '/chat/donate/add', body: { owner_id: owner.sub, sum: '0.01' } },
    });
  }

  async #insist(works: () => Promise<boolean>): Promise<boolean> {
    for (let looks = 0; looks < MAXIMUM_LOOKS && !this.#isStopping; looks++) {
      if (await works()) return true;
      await sleep(LOOK_MS);
    }
    return false;
  }

  async stop(): Promise<void> {
    this.#isStopping = true;
    clearInterval(this.#timer);
    await Promise.all(this.#arriving);
  }
}
