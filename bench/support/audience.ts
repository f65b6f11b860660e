import { startGenerator } from './children.ts';
import { busyWhile } from './process-figures.ts';

/** One viewer's place: what they prove themselves with, null where the server wants nothing, and in which room. */
export interface Seat {
  readonly token: string | null;
  /** Where it differs from the door's. */
  readonly path?: string;
}

/** How viewers get into a server's room. */
export interface Door {
  readonly port: number;
  readonly path: string;
  /** What the client says after the upgrade. */
  readonly firstFrames: readonly string[];
  /** Data frames that the server sends before the viewer is in the room. */
  readonly framesBeforeReady: number;
}

export type ViewersTold =
  | { readonly kind: 'open'; readonly door: Door; readonly seats: readonly Seat[] }
  | { readonly kind: 'begin'; readonly eventBytes: number }
  | { readonly kind: 'check' }
  | { readonly kind: 'close' };

export type ViewersAnswered =
  | { readonly kind: 'opened' | 'begun' | 'closed' | 'lost' }
  | { readonly kind: 'count'; readonly delivered: number }
  | { readonly kind: 'checked'; readonly least: number; readonly most: number };

/** Viewers of one room, or of several that hear equally much, in processes of their own. */
export interface Audience {
  readonly size: number;
  readonly pids: readonly number[];
  /** Connects; resolves once all are in the room. @throws when one is refused */
  open(door: Door, seats: readonly Seat[]): Promise<void>;
  /** Sets all counts to 0; what is shorter than an event isn't counted. */
  begin(eventBytes: number): Promise<void>;
  /** Events that all viewers together have got since `begin`. */
  delivered(): number;
  /** Resolves at the next news of deliveries. @throws when a viewer was cut off, or after 10 s of silence */
  progress(): Promise<void>;
  /** What the viewer who got least, and the one who got most, has got. */
  extremes(): Promise<{ least: number; most: number }>;
  close(): Promise<void>;
  busyWhile<T>(work: () => Promise<T>): Promise<{ result: T; busy: number }>;
  stop(): Promise<void>;
}

const silenceMs = 10_000;

export function startAudience(processes: number): Audience {
  const generators = Array.from({ length: processes }, () =>
    startGenerator<ViewersTold, ViewersAnswered>('load/viewers.ts'),
  );
  const counts = generators.map(() => 0);
  let size = 0;
  let isLost = false;
  let wake: () => void = () => undefined;
  for (const [at, generator] of generators.entries()) {
    generator.onAnswer((answer) => {
      if (answer.kind === 'count') counts[at] = answer.delivered;
      if (answer.kind === 'lost') isLost = true;
      wake();
    });
  }
  const all = async (message: ViewersTold, answer: ViewersAnswered['kind']) => {
    const answers = generators.map((generator) => generator.next(({ kind }) => kind === answer));
    for (const generator of generators) generator.tell(message);
    return Promise.all(answers);
  };
  return {
    get size() {
      return size;
    },
    pids: generators.map(({ pid }) => pid),
    async open(door, seats) {
      size = seats.length;
      isLost = false;
      const opened = generators.map((generator) => generator.next(({ kind }) => kind === 'opened'));
      for (const [at, generator] of generators.entries()) {
        generator.tell({ kind: 'open', door, seats: seats.filter((_, index) => index % processes === at) });
      }
      await Promise.all(opened);
    },
    async begin(eventBytes) {
      await all({ kind: 'begin', eventBytes }, 'begun');
      counts.fill(0);
    },
    delivered: () => counts.reduce((sum, count) => sum + count, 0),
    async progress() {
      if (isLost) throw new Error('a viewer was cut off');
      await awake((done) => (wake = done));
    },
    async extremes() {
      const answers = (await all({ kind: 'check' }, 'checked')).filter((answer) => answer.kind === 'checked');
      return {
        least: Math.min(...answers.map(({ least }) => least)),
        most: Math.max(...answers.map(({ most }) => most)),
      };
    },
    close: async () => void (await all({ kind: 'close' }, 'closed')),
    busyWhile: (work) =>
      busyWhile(
        generators.map(({ pid }) => pid),
        work,
      ),
    stop: async () => void (await Promise.all(generators.map((generator) => generator.stop()))),
  };
}

/** @throws after 10 s in which nobody called what `listen` was given */
function awake(listen: (done: () => void) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`nothing was delivered for ${silenceMs} ms`)), silenceMs);
    listen(() => {
      clearTimeout(timer);
      resolve();
    });
  });
}
