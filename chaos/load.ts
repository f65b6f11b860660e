import { setTimeout as pause } from 'node:timers/promises';
import type { Product } from '../e2e/support/product.ts';
import type { Socket, Visitor } from '../e2e/support/visitor.ts';
import { createRandom } from './random.ts';

/** One donation that was asked for, and what its senders were told. */
export interface Attempt {
  readonly key: string;
  readonly donor: string;
  readonly owner: string;
  /** Minor units. */
  readonly sum: bigint;
  /** One of each request sent under the key; 0 where no answer came. */
  readonly statuses: number[];
  /** The id that a 201 named. */
  id: string | null;
}

export interface LoadOptions {
  readonly seed: number;
  readonly rooms: number;
  readonly donors: number;
  readonly donations: number;
  /** Donations a second, all rooms together; sent by the clock, whatever the answers do. */
  readonly perSecond: number;
  /** What each donor starts with: small, so that some donations bounce. */
  readonly startBalance: string;
}

export interface History {
  readonly attempts: readonly Attempt[];
  readonly owners: readonly Visitor[];
  readonly donors: readonly Visitor[];
  /** An open socket in each room, by owner, that lived through the whole load or came back. */
  readonly watchers: ReadonlyMap<string, Watcher>;
  readonly deposited: bigint;
}

/** A viewer who comes back after every cut, resumes, and drops ids that it knows, as the contract asks of a client. */
export class Watcher {
  readonly seen = new Map<string, Record<string, unknown>>();
  readonly order: string[] = [];
  readonly #person: Visitor;
  readonly #topic: string;
  #socket: Socket | null = null;
  #after: { epoch: unknown; seq: unknown } | null = null;
  #isLeaving = false;
  #running: Promise<void> = Promise.resolve();

  constructor(person: Visitor, ownerId: string) {
    this.#person = person;
    this.#topic = `room:${ownerId}`;
  }

  async start(): Promise<void> {
    await this.#connect();
    this.#running = this.#stay();
  }

  async #connect(): Promise<void> {
    const socket = await this.#person.connect('/ws');
    this.#socket = socket;
    socket.onFrame((frame) => this.#take(frame));
    socket.send({ type: 'subscribe', topic: this.#topic, ...(this.#after && { after: this.#after }) });
    const answer = await socket.next((frame) => frame.type === 'subscribed' && frame['topic'] === this.#topic);
    if (this.#after && answer['recovered'] !== true) throw new Error(`${this.#topic} was not recovered`);
    this.#after ??= { epoch: answer['epoch'], seq: answer['seq'] };
  }

  async #stay(): Promise<void> {
    while (!this.#isLeaving) {
      await this.#socket?.closed.catch(() => undefined);
      for (let attempt = 0; !this.#isLeaving && attempt < 200; attempt++) {
        try {
          await this.#connect();
          break;
        } catch {
          await pause(100);
        }
      }
    }
  }

  #take(frame: Record<string, unknown>): void {
    const { id, topic, seq, epoch } = frame;
    if (topic !== this.#topic || typeof id !== 'string') return;
    this.#after = { epoch: epoch ?? this.#after?.epoch, seq };
    if (this.seen.has(id)) return;
    this.seen.set(id, frame);
    this.order.push(id);
  }

  async leave(): Promise<void> {
    this.#isLeaving = true;
    this.#socket?.close();
    await this.#running;
  }
}

/**
 * Drives donations with 5 % deliberate repeats under the same key. A request without an answer, or with a 503, is sent
 * again under its key until it is answered: what a careful client does.
 */
export async function driveLoad(product: Product, options: LoadOptions): Promise<History> {
  const random = createRandom(options.seed);
  const owners = Array.from({ length: options.rooms }, (_, at) =>
    product.visitor({ type: 'user', name: `owner ${at}` }),
  );
  const donors = Array.from({ length: options.donors }, (_, at) => product.visitor({ name: `donor ${at}` }));
  for (const owner of owners) await expectStatus(owner.post('/room', { name: 'room' }), 201);
  await Promise.all(donors.map((donor) => product.deposit(donor, options.startBalance)));
  const watchers = new Map(
    owners.map((owner) => [owner.sub, new Watcher(product.visitor({ owner: owner.sub }), owner.sub)]),
  );
  await Promise.all([...watchers.values()].map((watcher) => watcher.start()));
  const attempts: Attempt[] = [];
  const sending: Promise<void>[] = [];
  const startedAt = performance.now();
  for (let at = 0; at < options.donations; at++) {
    await pause(Math.max(0, startedAt + (at * 1_000) / options.perSecond - performance.now()));
    const donor = donors[random.below(donors.length)] as Visitor;
    const owner = owners[random.below(owners.length)] as Visitor;
    const attempt: Attempt = {
      ...{ key: `${options.seed}-${at}`, donor: donor.sub, owner: owner.sub, sum: BigInt(1 + random.below(500)) },
      ...{ statuses: [], id: null },
    };
    attempts.push(attempt);
    const copies = random.below(100) < 5 ? 2 : 1;
    for (let copy = 0; copy < copies; copy++) sending.push(sendUntilAnswered(donor, attempt));
  }
  await Promise.all(sending);
  const deposited = BigInt(options.startBalance.replace('.', '')) * BigInt(donors.length);
  return { attempts, owners, donors, watchers, deposited };
}

async function expectStatus(answer: Promise<{ status: number }>, wanted: number): Promise<void> {
  const { status } = await answer;
  if (status !== wanted) throw new Error(`answered ${status}, not ${wanted}`);
}

const MAXIMUM_SENDS = 60;

async function sendUntilAnswered(donor: Visitor, attempt: Attempt): Promise<void> {
  const text = attempt.sum.toString().padStart(3, '0');
  const body = { owner_id: attempt.owner, sum: `${text.slice(0, -2)}.${text.slice(-2)}` };
  for (let sends = 0; sends < MAXIMUM_SENDS; sends++) {
    const answer = await donor.post('/chat/donate/add', body, { 'idempotency-key': attempt.key }).catch(() => null);
    attempt.statuses.push(answer?.status ?? 0);
    if (answer?.status === 201) {
      attempt.id = String(answer.body['id']);
      return;
    }
    if (answer && answer.status !== 503)
      throw new Error(`donation answered ${answer.status} ${JSON.stringify(answer.body)}`);
    await pause(500);
  }
  throw new Error(`donation ${attempt.key} was never confirmed`);
}
