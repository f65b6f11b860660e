import { randomUUID } from 'node:crypto';
import { createWriteStream, type WriteStream } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Product, signToken } from '../../e2e/support/product.ts';
import type { Request } from '../history.ts';
import { createRandom, type Random } from '../random.ts';
import { Caller } from './caller.ts';
import { Newcomers } from './newcomers.ts';
import { PassersBy } from './passers-by.ts';
import { type Cast, decimal, type Person, type Planned, planRequest } from './requests.ts';
import { Viewer } from './viewer.ts';

export interface LoadOptions {
  readonly seed: number;
  readonly rooms: number;
  readonly donors: number;
  /** In each room, spread over the gateways: its owner, a stranger, then donors. */
  readonly viewersPerRoom: number;
  /** Requests a second, all kinds together, by the clock, whatever the answers do. */
  readonly perSecond: number;
  /** Donations in a hundred requests; 68 unless given. */
  readonly donationPercent?: number;
  /** What each donor starts with, in minor units: too little for all that they will give. */
  readonly startBalance: bigint;
  /** Gets a line for every answer and every frame. */
  readonly historyFile: string | null;
}

const REPEAT_PERCENT = 5;
const DONATION_PERCENT = 68;
/** Requests that wait for their answer; at more the load waits, instead of filling its memory. */
const MAXIMUM_PENDING = 4_000;
const FULL_POLL_MS = 20;
const RETRY_MINIMUM_MS = 200;
const RETRY_JITTER_MS = 600;
/** What the ingress asks for beside its 503, in `Retry-After`. */
const RETRY_AFTER_MS = 1_000;
const GIVE_UP_MS = 180_000;
const MAXIMUM_REFUNDABLE = 1_000;

/** A load of requests with viewers in every room: what the product is used for, from outside. */
export class Load {
  readonly requests: Request[] = [];
  readonly viewers: Viewer[] = [];
  /** Whether some requests are deliberately sent twice. */
  repeats = true;
  /** In a hundred requests, how many are followed by somebody reading that room's history. */
  readPercent = 10;
  readonly rooms: readonly string[];
  readonly options: LoadOptions;
  readonly #product: Product;
  readonly #random: Random;
  readonly #caller: Caller;
  readonly #cast: Cast;
  readonly #passers: PassersBy;
  readonly #newcomers: Newcomers;
  readonly #log: WriteStream | null;
  readonly #refundable: { id: string; room: string }[] = [];
  readonly #pending = new Set<Promise<void>>();
  #planned = 0;
  #isPaused = false;
  #sending: Promise<void> = Promise.resolve();

  constructor(product: Product, options: LoadOptions) {
    this.#product = product;
    this.options = options;
    this.#random = createRandom(options.seed);
    this.#caller = new Caller(product.httpUrl);
    const person = (claims: Parameters<typeof signToken>[1]): Person =>
      signToken(product.secret, { sub: randomUUID(), expiresIn: 86_400, ...claims });
    this.#cast = {
      owners: Array.from({ length: options.rooms }, (_, at) => person({ type: 'user', name: `owner ${at}` })),
      donors: Array.from({ length: options.donors }, (_, at) => person({ name: `donor ${at}` })),
      bank: person({ scope: 'money:deposit' }),
      operator: person({ scope: 'money:refund' }),
      donationPercent: options.donationPercent ?? DONATION_PERCENT,
    };
    this.rooms = this.#cast.owners.map(({ sub }) => sub);
    this.#passers = new PassersBy(product, this.#caller, this.rooms);
    this.#newcomers = new Newcomers({
      ...{ product, caller: this.#caller, donors: this.#cast.donors, prefix: `${options.seed}-new` },
      onDonation: (planned) => {
        this.requests.push(planned.request);
        this.#follow(this.#sendUntilAnswered(planned));
      },
    });
    this.#log = options.historyFile === null ? null : createWriteStream(options.historyFile);
  }

  /** Opens the rooms, fills the accounts, lets the viewers in, and begins. */
  async start(): Promise<void> {
    const { owners, donors, bank } = this.#cast;
    await Promise.all(
      owners.map((owner) => this.#insist(() => this.#caller.post('/room', owner.token, { name: 'room' }))),
    );
    for (const donor of donors) {
      const request: Request = {
        ...{ kind: 'deposit', key: `start ${donor.sub}`.replace(' ', '-'), by: bank.sub, room: donor.sub },
        ...{ sum: this.options.startBalance, isPrivate: false, dueAtMs: performance.now() },
        ...{ answers: new Map<number, number>(), id: null, confirmedAtMs: 0, refused: 0 },
      };
      const body = { account: donor.sub, sum: decimal(request.sum) };
      this.requests.push(request);
      this.#follow(this.#sendUntilAnswered({ request, as: bank, path: '/account/deposit', body }));
    }
    await Promise.all(this.#pending);
    for (const [at, owner] of owners.entries()) this.#admit(owner, at);
    await Promise.all(this.viewers.map((viewer) => viewer.enter()));
    this.resume();
  }

  /** @param room its place among the rooms: the next one's viewers begin with another gateway */
  #admit(owner: Person, room: number): void {
    const { donors } = this.#cast;
    const { viewersPerRoom } = this.options;
    for (let at = 0; at < viewersPerRoom; at++) {
      const stranger = signToken(this.#product.secret, { name: 'viewer', expiresIn: 86_400 });
      const who =
        at === 0 ? owner : at === 1 ? stranger : (donors[(this.viewers.length + at) % donors.length] as Person);
      const gateway = (room + at) % this.#product.gatewayUrls.length;
      const gatewayUrl = this.#product.gatewayUrls[gateway] as string;
      this.viewers.push(
        new Viewer({ room: owner.sub, by: who.sub, token: who.token, gateway, gatewayUrl, onShown: this.#onShown }),
      );
    }
  }

  readonly #onShown = (viewer: Viewer, frame: Record<string, unknown>): void => {
    const { id, type, seq } = frame;
    this.#note({ viewer: this.viewers.indexOf(viewer), id, type, seq });
    // One viewer a room is enough to know what may be given back.
    if (type !== 'donate' || viewer.by !== viewer.room || this.#refundable.length >= MAXIMUM_REFUNDABLE) return;
    this.#refundable.push({ id: String(id), room: viewer.room });
  };

  #note(line: Record<string, unknown>): void {
    this.#log?.write(`${JSON.stringify({ ms: Math.round(performance.now()), ...line })}\n`);
  }

  async #send(): Promise<void> {
    const startedAt = performance.now();
    for (let at = 0; !this.#isPaused; at++) {
      const dueAtMs = startedAt + (at * 1_000) / this.options.perSecond;
      const early = dueAtMs - performance.now();
      if (early > 1) await sleep(early);
      // Not a race of them all: each would leave a reaction behind on every promise that goes on waiting.
      while (this.#pending.size >= MAXIMUM_PENDING) await sleep(FULL_POLL_MS);
      const planned = planRequest(
        this.#random,
        this.#cast,
        `${this.options.seed}-${this.#planned++}`,
        dueAtMs,
        this.#refundable,
      );
      this.requests.push(planned.request);
      this.#follow(this.#sendUntilAnswered(planned));
      if (this.repeats && this.#random.below(100) < REPEAT_PERCENT) this.#follow(this.#sendUntilAnswered(planned));
      if (this.#random.below(100) < this.readPercent) this.#follow(this.#read(planned.request.room));
    }
  }

  #follow(work: Promise<void>): void {
    const followed = work.finally(() => this.#pending.delete(followed));
    this.#pending.add(followed);
  }

  /** What a careful client does: without an answer, or with a 503, it asks again under the same key. */
  async #sendUntilAnswered({ request, as, path, body }: Planned): Promise<void> {
    const until = performance.now() + GIVE_UP_MS;
    while (performance.now() < until) {
      const sentAt = performance.now();
      const answer = await this.#caller.post(path, as.token, body, request.key);
      const { status } = answer;
      request.answers.set(status, (request.answers.get(status) ?? 0) + 1);
      this.#note({ key: request.key, kind: request.kind, status, took: Math.round(performance.now() - sentAt) });
      if (status === 200 || status === 201) {
        const id = String(answer.body['id'] ?? answer.body['transfer_id']);
        if (request.id !== null && request.id !== id) request.answers.set(-1, 1); // two ids under one key
        request.id ??= id;
        request.confirmedAtMs ||= performance.now();
        return;
      }
      if (status !== 0 && status !== 503) {
        request.refused = status;
        return;
      }
      await sleep((status === 503 ? RETRY_AFTER_MS : RETRY_MINIMUM_MS) + Math.random() * RETRY_JITTER_MS);
    }
  }

  async #read(room: string): Promise<void> {
    const { owners } = this.#cast;
    const as = owners.find((owner) => owner.sub === room) ?? (owners[0] as Person);
    await this.#caller.get(`/chat/event/history?owner_id=${as.sub}`, as.token);
  }

  async #insist(call: () => Promise<{ status: number }>): Promise<void> {
    for (let tries = 0; tries < 20; tries++) {
      if ((await call()).status === 201) return;
      await sleep(RETRY_MINIMUM_MS);
    }
    throw new Error('a room could not be opened');
  }

  /** Sends nothing new and waits until what was sent is answered or given up. */
  async pause(): Promise<void> {
    this.#isPaused = true;
    await this.#sending;
    await Promise.all([this.#passers.stop(), this.#newcomers.stop()]);
    while (this.#pending.size > 0) await Promise.all(this.#pending);
  }

  /** Goes on after a pause, with the same people in the same rooms. */
  resume(): void {
    this.#isPaused = false;
    this.#sending = this.#send();
    this.#passers.start();
    this.#newcomers.start();
  }

  /** Requests that wait for their answer. */
  get pending(): number {
    return this.#pending.size;
  }

  /** The viewers go home. */
  async leave(): Promise<void> {
    await Promise.all(this.viewers.map((viewer) => viewer.leave()));
    this.#caller.close();
    await new Promise<void>((resolve) => (this.#log ? this.#log.end(resolve) : resolve()));
  }
}
