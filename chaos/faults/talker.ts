import { signToken } from '../../e2e/support/product.ts';
import type { Stand } from '../fault.ts';
import type { Request } from '../history.ts';
import { Caller } from '../load/caller.ts';

const OPENED_LIMIT_MS = 30_000;
const MAXIMUM_OPEN = 100;

/** A streamer of its own opens a room; resolves with the room once others know it. */
export async function openRoom(stand: Stand): Promise<string> {
  const owner = signToken(stand.product.secret, { type: 'user', name: 'owner of a crowd', expiresIn: 86_400 });
  const visitor = signToken(stand.product.secret, { name: 'visitor' });
  const caller = new Caller(stand.product.httpUrl);
  const until = performance.now() + OPENED_LIMIT_MS;
  try {
    while (performance.now() < until) {
      await caller.post('/room', owner.token, { name: 'crowd' }, `crowd-${owner.sub}`);
      const { status } = await caller.get(`/chat/sponsor?owner_id=${owner.sub}`, visitor.token);
      if (status === 200) return owner.sub;
      await stand.pause(200);
    }
  } finally {
    caller.close();
  }
  throw new Error('a room could not be opened');
}

export interface TalkerOptions {
  readonly room: string;
  readonly everyMs: number;
  /** Each message's length, in characters of four bytes each; short ones unless given. */
  readonly characters?: number;
}

/** Somebody who writes in a room at a steady pace, each message once; all of it is of the history. */
export class Talker {
  readonly said: Request[] = [];
  readonly #stand: Stand;
  readonly #options: TalkerOptions;
  readonly #caller: Caller;
  readonly #person: { readonly sub: string; readonly token: string };
  readonly #open = new Set<Promise<void>>();
  readonly #timer: NodeJS.Timeout;

  constructor(stand: Stand, options: TalkerOptions) {
    this.#stand = stand;
    this.#options = options;
    this.#caller = new Caller(stand.product.httpUrl);
    this.#person = signToken(stand.product.secret, { name: 'talker', expiresIn: 86_400 });
    this.#timer = setInterval(() => {
      if (this.#open.size >= MAXIMUM_OPEN) return;
      const saying = this.#say().finally(() => this.#open.delete(saying));
      this.#open.add(saying);
    }, options.everyMs);
  }

  async #say(): Promise<void> {
    const { room, characters = 0 } = this.#options;
    const request: Request = {
      ...{ kind: 'message', key: `talk-${this.#person.sub}-${this.said.length}`, by: this.#person.sub, room, sum: 0n },
      ...{ isPrivate: false, dueAtMs: performance.now(), answers: new Map<number, number>(), id: null },
      ...{ confirmedAtMs: 0, refused: 0 },
    };
    this.said.push(request);
    this.#stand.load.requests.push(request);
    const message = `${'🙂'.repeat(Math.max(0, characters - request.key.length))}${request.key}`;
    const body = { owner_id: room, message, is_public: true };
    const answer = await this.#caller.post('/chat/message/add', this.#person.token, body, request.key);
    request.answers.set(answer.status, 1);
    if (answer.status === 201) {
      request.id = String(answer.body['id']);
      request.confirmedAtMs = performance.now();
    } else if (answer.status !== 0 && answer.status !== 503) request.refused = answer.status;
  }

  /** Says no more; resolves once all is answered. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await Promise.all(this.#open);
    this.#caller.close();
  }
}
