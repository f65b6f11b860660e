import { startGenerator } from './children.ts';
import type { Delays } from './delays.ts';
import type { Pace } from './pace.ts';
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

/**
 * How viewers read. Whoever reads at once notes when each event came. One in ten is enough for that, and the others then
 * read every tenth of a second all that has come: reading for a thousand costs as much as writing to them.
 */
export type Reading = 'at once' | 'one in ten at once' | 'never, once in the room';

export interface Opening {
  readonly door: Door;
  readonly seats: readonly Seat[];
  readonly reading: Reading;
}

export type ViewersTold =
  | ({ readonly kind: 'open' } & Opening)
  | { readonly kind: 'begin'; readonly eventBytes: number }
  | { readonly kind: 'pace'; readonly pace: Pace; readonly firsts: readonly number[] }
  | { readonly kind: 'span'; readonly first: number }
  | { readonly kind: 'time' }
  | { readonly kind: 'check' }
  | { readonly kind: 'close' };

export type ViewersAnswered =
  | { readonly kind: 'opened' | 'begun' | 'paced' | 'closed' | 'lost' }
  | { readonly kind: 'count'; readonly delivered: number }
  | { readonly kind: 'checked'; readonly least: number; readonly most: number }
  | { readonly kind: 'timed'; readonly spans: readonly Delays[]; readonly misplaced: number };

/** Viewers of one room, or of several that hear equally much, in processes of their own. */
export interface Audience {
  readonly size: number;
  readonly pids: readonly number[];
  /** Connects; resolves once all are in the room. @throws when one is refused */
  open(door: Door, seats: readonly Seat[], reading?: Reading): Promise<void>;
  /** Sets all counts to 0; what is shorter than an event isn't counted. */
  begin(eventBytes: number): Promise<void>;
  /** From event 1 on, when each was due is known; `firsts` are the events with which a span of time begins. */
  pace(pace: Pace, firsts: readonly number[]): Promise<void>;
  /** Begins another span, with an event that is not due yet. */
  span(first: number): Promise<void>;
  /** The delays of each span. @throws when one of those who read at once has not got event after event */
  times(): Promise<readonly Delays[]>;
  /** Events that all viewers together have got since `begin`. */
  delivered(): number;
  /** Resolves at the next news of deliveries. @throws when a viewer was cut off, or after 60 s of silence */
  progress(): Promise<void>;
  /** What the viewer who got least, and the one who got most, has got. */
  extremes(): Promise<{ least: number; most: number }>;
  close(): Promise<void>;
  busyWhile<T>(work: () => Promise<T>): Promise<{ result: T; busy: number }>;
  stop(): Promise<void>;
}

const silenceMs = 60_000;

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
    async open(door, seats, reading = 'at once') {
      size = seats.length;
      isLost = false;
      const opened = generators.map((generator) => generator.next(({ kind }) => kind === 'opened'));
      for (const [at, generator] of generators.entries()) {
        generator.tell({ kind: 'open', door, seats: seats.filter((_, index) => index % processes === at), reading });
      }
      await Promise.all(opened);
    },
    async begin(eventBytes) {
      await all({ kind: 'begin', eventBytes }, 'begun');
      counts.fill(0);
    },
    pace: async (pace, firsts) => void (await all({ kind: 'pace', pace, firsts }, 'paced')),
    span: async (first) => void (await all({ kind: 'span', first }, 'paced')),
    times: async () => toSpans(await all({ kind: 'time' }, 'timed')),
    delivered: () => counts.reduce((sum, count) => sum + count, 0),
    async progress() {
      if (isLost) throw new Error('a viewer was cut off');
      await awake((done) => (wake = done));
    },
    extremes: async () => toExtremes(await all({ kind: 'check' }, 'checked')),
    close: async () => void (await all({ kind: 'close' }, 'closed')),
    busyWhile: (work) =>
      busyWhile(
        generators.map(({ pid }) => pid),
        work,
      ),
    stop: async () => void (await Promise.all(generators.map((generator) => generator.stop()))),
  };
}

function toSpans(answered: readonly ViewersAnswered[]): readonly Delays[] {
  const answers = answered.filter((answer) => answer.kind === 'timed');
  const misplaced = answers.reduce((sum, answer) => sum + answer.misplaced, 0);
  if (misplaced > 0) throw new Error(`${misplaced} times a viewer got another event than the next one`);
  const spans = answers[0]?.spans.length ?? 0;
  return Array.from({ length: spans }, (_, at) => answers.flatMap((answer) => answer.spans[at] ?? []));
}

function toExtremes(answered: readonly ViewersAnswered[]): { least: number; most: number } {
  const answers = answered.filter((answer) => answer.kind === 'checked');
  return { least: Math.min(...answers.map(({ least }) => least)), most: Math.max(...answers.map(({ most }) => most)) };
}

/** @throws after 60 s in which nobody called what `listen` was given */
function awake(listen: (done: () => void) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`nothing was delivered for ${silenceMs} ms`)), silenceMs);
    listen(() => {
      clearTimeout(timer);
      resolve();
    });
  });
}
