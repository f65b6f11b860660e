import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { WebSocket } from 'ws';
import { signToken } from '../../e2e/support/product.ts';
import type { Stand } from '../fault.ts';

/** Many viewers in one room, who come back as the contract asks: after a random wait that grows, from where they were. */

const FIRST_WAIT_MS = 500;
/** 30 s in the contract: a run has less time. */
const LONGEST_WAIT_MS = 6_000;
const HANDSHAKE_MS = 5_000;

export interface MemberOptions {
  readonly room: string;
  readonly token: string;
  /** Where it goes first; then wherever chance has it. */
  readonly gatewayUrls: readonly string[];
  readonly first: number;
  /** false: a connection that ends is its last. */
  readonly returns: boolean;
  /** Gets each frame of the room, null where frames are to be counted only. */
  readonly onFrame: ((id: string) => void) | null;
}

export class Member {
  /** Ids of the room's frames that it was shown. */
  readonly ids = new Set<string>();
  /** When it was in the room again, ms of `performance.now()`; 0 while it is not. */
  inSinceMs = 0;
  /** When its last connection ended. */
  lostAtMs = 0;
  /** Resumes that were not answered in whole. */
  gaps = 0;
  resumes = 0;
  #socket: WebSocket | null = null;
  #after: { epoch: unknown; seq: unknown } | null = null;
  #isLeaving = false;
  #staying: Promise<void> = Promise.resolve();
  readonly #options: MemberOptions;

  constructor(options: MemberOptions) {
    this.#options = options;
  }

  enter(): void {
    this.#staying = this.#stay();
  }

  async #stay(): Promise<void> {
    const { gatewayUrls, first, returns } = this.#options;
    let attempt = 0;
    let gateway = first;
    while (!this.#isLeaving) {
      const wasIn = await this.#visit(gatewayUrls[gateway] as string);
      this.inSinceMs = 0;
      this.lostAtMs = performance.now();
      if (this.#isLeaving || (wasIn && !returns)) return;
      attempt = wasIn ? 0 : attempt + 1;
      await sleep(FIRST_WAIT_MS + Math.random() * Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** attempt));
      gateway = Math.floor(Math.random() * gatewayUrls.length);
    }
  }

  /** One connection, from its opening to its end. @returns whether it got into the room */
  #visit(url: string): Promise<boolean> {
    return new Promise((resolve) => {
      const { token, room, onFrame } = this.#options;
      const topic = `room:${room}`;
      const socket = new WebSocket(`${url}/ws`, ['bearer', token], { handshakeTimeout: HANDSHAKE_MS });
      this.#socket = socket;
      socket.on('error', () => undefined);
      socket.on('close', () => resolve(this.inSinceMs > 0));
      socket.on('message', (data: Buffer) => {
        if (this.inSinceMs > 0 && onFrame === null) return;
        const frame = JSON.parse(data.toString()) as Record<string, unknown>;
        if (frame['type'] === 'welcome')
          socket.send(JSON.stringify({ type: 'subscribe', topic, ...(this.#after && { after: this.#after }) }));
        else if (frame['topic'] === topic) this.#take(frame, onFrame);
        else if (frame['type'] === 'error') socket.terminate();
      });
    });
  }

  #take(frame: Record<string, unknown>, onFrame: MemberOptions['onFrame']): void {
    const { type, id, seq, epoch, recovered } = frame;
    if (type === 'subscribed') {
      if (this.#after) this.resumes++;
      if (this.#after && recovered !== true) this.gaps++;
      if (!this.#after || recovered !== true) this.#after = { epoch, seq };
      this.inSinceMs = performance.now();
      return;
    }
    if (this.#after) this.#after = { epoch: this.#after.epoch, seq };
    if (typeof id !== 'string' || this.ids.has(id)) return;
    this.ids.add(id);
    onFrame?.(id);
  }

  /** Reads nothing more, as a phone in a tunnel; the kernel takes what it can hold. */
  stopReading(): void {
    this.#socket?.pause();
  }

  async leave(): Promise<void> {
    this.#isLeaving = true;
    this.#socket?.terminate();
    await this.#staying;
  }
}

export interface CrowdOptions {
  readonly room: string;
  readonly size: number;
  readonly gatewayUrls: readonly string[];
  /** The gateway that a member enters by. */
  readonly firstOf?: (at: number) => number;
  readonly returns?: boolean;
  readonly onFrameOf?: (at: number) => MemberOptions['onFrame'];
}

/** Below the 300 upgrades a second that one gateway takes. */
const ENTRIES_PER_TURN = 20;
const TURN_MS = 100;
const ENTRY_LIMIT_MS = 90_000;

/** Has them enter; resolves once all are in. @throws where some are not after a minute and a half */
export async function gather(stand: Stand, options: CrowdOptions): Promise<Member[]> {
  const { room, size, gatewayUrls, firstOf = (at) => at % gatewayUrls.length } = options;
  const members = Array.from({ length: size }, (_, at) => {
    const { token } = signToken(stand.product.secret, { name: `crowd ${at}`, expiresIn: 86_400 });
    const onFrame = options.onFrameOf ? options.onFrameOf(at) : () => undefined;
    return new Member({ room, token, gatewayUrls, first: firstOf(at), returns: options.returns ?? true, onFrame });
  });
  try {
    for (const [at, member] of members.entries()) {
      member.enter();
      if (at % ENTRIES_PER_TURN === ENTRIES_PER_TURN - 1) await stand.pause(TURN_MS);
    }
    const missing = await untilAll(stand, members, ENTRY_LIMIT_MS, ({ inSinceMs }) => inSinceMs > 0);
    if (missing > 0) throw new Error(`${missing} of ${size} sockets could not be opened`);
    return members;
  } catch (error) {
    await disperse(members);
    throw error;
  }
}

/** Waits until it holds for all of them. @returns of how many it does not when time is up */
export async function untilAll(
  stand: Stand,
  members: readonly Member[],
  limitMs: number,
  holds: (member: Member) => boolean,
): Promise<number> {
  const until = performance.now() + limitMs;
  for (;;) {
    const missing = members.filter((member) => !holds(member)).length;
    if (missing === 0 || performance.now() > until) return missing;
    await stand.pause(100);
  }
}

export async function disperse(members: readonly Member[]): Promise<void> {
  await Promise.all(members.map((member) => member.leave()));
}

/** As many as wanted, or as this system's limit on open files leaves room for. @param each descriptors of one socket */
export function affordable(stand: Stand, wanted: number, each: number): number {
  const [, soft] = /^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8')) ?? [];
  const most = Math.floor((Number(soft ?? wanted * each) - SPARE_DESCRIPTORS) / each);
  if (most < wanted) stand.say(`  the limit of ${soft} open files leaves room for ${most} sockets, not ${wanted}`);
  return Math.min(wanted, most);
}

const SPARE_DESCRIPTORS = 1_000;
