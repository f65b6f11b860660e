import { randomUUID } from 'node:crypto';
import { signToken } from '../../e2e/support/product.ts';
import type { Stand } from '../fault.ts';
import type { Request } from '../history.ts';
import { Caller } from '../load/caller.ts';
import { decimal } from '../load/requests.ts';

/** A request of a person of its own, sent once, whatever the answer. */
export interface Probed {
  readonly request: Request;
  readonly status: number;
  readonly sentAtMs: number;
  readonly answeredAtMs: number;
}

const EVERY_MS = 250;
const MAXIMUM_OPEN = 100;
const SUM = 1n;

/** Publishes donations and messages, turn about, at a steady pace, and notes how long each answer took. */
export class Probes {
  readonly done: Probed[] = [];
  readonly #stand: Stand;
  readonly #caller: Caller;
  readonly #open = new Set<Promise<unknown>>();
  readonly #timer: NodeJS.Timeout;
  #sent = 0;

  constructor(stand: Stand) {
    this.#stand = stand;
    this.#caller = new Caller(stand.product.httpUrl);
    this.#timer = setInterval(() => {
      if (this.#open.size >= MAXIMUM_OPEN) return;
      const rooms = stand.load.rooms;
      const room = rooms[this.#sent % rooms.length] as string;
      const probing = this.#send(this.#sent++ % 2 === 0 ? 'donation' : 'message', room);
      this.#open.add(probing);
      void probing.finally(() => this.#open.delete(probing));
    }, EVERY_MS);
  }

  async #send(kind: 'donation' | 'message', room: string): Promise<void> {
    this.done.push(await probe(this.#stand, this.#caller, kind, room));
  }

  /** Sends no more; resolves once all are answered. */
  async stop(): Promise<readonly Probed[]> {
    clearInterval(this.#timer);
    await Promise.all(this.#open);
    this.#caller.close();
    return this.done;
  }
}

/** Sends one, as somebody whom nobody has seen and who has no money: a donation ends rejected. It joins the history. */
export async function probe(stand: Stand, caller: Caller, kind: 'donation' | 'message', room: string): Promise<Probed> {
  const { sub, token } = signToken(stand.product.secret, { name: 'probe' });
  const sentAtMs = performance.now();
  const request: Request = {
    ...{ kind, key: `probe-${randomUUID()}`, by: sub, room, sum: kind === 'donation' ? SUM : 0n, isPrivate: false },
    ...{ dueAtMs: sentAtMs, answers: new Map<number, number>(), id: null, confirmedAtMs: 0, refused: 0 },
  };
  stand.load.requests.push(request);
  const body =
    kind === 'donation'
      ? { owner_id: room, sum: decimal(request.sum) }
      : { owner_id: room, message: `message ${request.key}`, is_public: true };
  const { status, body: answer } = await caller.post(
    `/chat/${kind === 'donation' ? 'donate' : kind}/add`,
    token,
    body,
    request.key,
  );
  const answeredAtMs = performance.now();
  request.answers.set(status, 1);
  if (status === 201) {
    request.id = String(answer['id']);
    request.confirmedAtMs = answeredAtMs;
  } else if (status !== 0 && status !== 503) request.refused = status;
  return { request, status, sentAtMs, answeredAtMs };
}

export interface Outage {
  readonly row: string;
  /** What was away, as a sentence names it. */
  readonly what: string;
  readonly fromMs: number;
  readonly untilMs: number;
}

const LONGEST_REFUSAL_MS = 5_500;
/** What was acknowledged in the last moment before may still be on its way to the client. */
const ON_THE_WAY_MS = 1_000;
const KINDS_BY_BROKER = ['donation', 'message', 'goal'];

/** While the broker takes nothing, each publish is answered 503 within 5.5 s, and none 201. */
export function checkRefusals(stand: Stand, probed: readonly Probed[], { row, what, fromMs, untilMs }: Outage): void {
  const during = probed.filter(({ sentAtMs, answeredAtMs }) => sentAtMs > fromMs && answeredAtMs < untilMs);
  const violated = (text: string) => stand.violated(`row ${row}: ${text} while ${what}`);
  if (during.some(({ status }) => status === 201)) violated('a 201 was answered');
  const others = new Set(during.map(({ status }) => status).filter((status) => status !== 503 && status !== 201));
  for (const status of others) violated(`a publish was answered ${status || 'nothing'}`);
  if (!during.some(({ status }) => status === 503)) violated('no publish was refused');
  const slowest = Math.max(0, ...during.map(({ sentAtMs, answeredAtMs }) => answeredAtMs - sentAtMs));
  if (slowest > LONGEST_REFUSAL_MS) violated(`a refusal took ${Math.round(slowest)} ms`);
  const untrue = stand.load.requests.filter(
    ({ kind, confirmedAtMs }) =>
      KINDS_BY_BROKER.includes(kind) && confirmedAtMs > fromMs + ON_THE_WAY_MS && confirmedAtMs < untilMs,
  );
  if (untrue.length > 0) violated(`the load got ${untrue.length} times 201`);
  stand.say(
    `  ${during.length} publishes of strangers were refused while ${what}, the slowest in ${Math.round(slowest)} ms`,
  );
}
