import { metrics } from './metrics.ts';
import { joined } from './outbound.ts';
import type { StoredFrame } from './recovery.ts';

/** Whoever frames are written to: a socket, or a test's record of one. */
export interface Viewer {
  /** What its token proved; null without one. */
  readonly subject: string | null;
  /** Topics it is in; kept by the hub. */
  readonly topics: Set<string>;
  write(bytes: Buffer): void;
}

interface Topic {
  readonly name: string;
  readonly viewers: Set<Viewer>;
  /** Frames of this turn of the event loop. */
  queue: StoredFrame[];
  /** Viewers who came from a gateway that was faster, and the position up to which they know everything. */
  readonly ahead: Map<Viewer, number>;
  /** When everybody in it last learned a position. */
  toldAtMs: number;
}

/** After a round of writes that took long the next one waits as long, up to this: busy rooms get fewer, larger writes. */
const MAXIMUM_REST_MS = 5;
/** Timers are no finer; what takes less is no load. */
const MINIMUM_REST_MS = 1;

/**
 * Who gets which frame. A topic's frames are collected for one turn of the loop, and for a few milliseconds more while
 * writing takes most of the time, then written to each viewer in one piece: a write costs the same for one frame as for
 * fifty, and is what a fan-out spends its time on. A private frame goes to those sockets in the topic whose token proved
 * one of its subjects, by nothing else.
 */
export class Hub {
  readonly #topics = new Map<string, Topic>();
  readonly #bySubject = new Map<string, Set<Viewer>>();
  readonly #now: () => number;
  #dirty: Topic[] = [];
  /** On the clock of `performance.now()`. */
  #restsUntilMs = 0;
  /** Which planned writing is still wanted: whoever flushes before it leaves it nothing to do. */
  #round = 0;

  constructor(now: () => number = Date.now) {
    this.#now = now;
  }

  enter(viewer: Viewer): void {
    if (viewer.subject === null) return;
    const own = this.#bySubject.get(viewer.subject);
    if (own) own.add(viewer);
    else this.#bySubject.set(viewer.subject, new Set([viewer]));
  }

  /** From now on nothing is written to it; harmless when repeated. */
  leave(viewer: Viewer): void {
    for (const name of viewer.topics) this.part(name, viewer);
    if (viewer.subject === null) return;
    const own = this.#bySubject.get(viewer.subject);
    own?.delete(viewer);
    if (own?.size === 0) this.#bySubject.delete(viewer.subject);
  }

  /** Sockets of one person. */
  countOf(subject: string): number {
    return this.#bySubject.get(subject)?.size ?? 0;
  }

  /** Whether anybody is in the topic. */
  holds(topic: string): boolean {
    return this.#topics.has(topic);
  }

  /**
   * From now on the topic's frames go to the viewer. What was read but not yet written goes to those before them.
   * @param knownUpTo frames up to this position are not for them: they know them already
   */
  join(name: string, viewer: Viewer, knownUpTo: number | null): void {
    const topic = this.#topics.get(name) ?? this.#open(name);
    this.#flush(topic);
    topic.viewers.add(viewer);
    viewer.topics.add(name);
    if (knownUpTo === null) topic.ahead.delete(viewer);
    else topic.ahead.set(viewer, knownUpTo);
  }

  part(name: string, viewer: Viewer): void {
    viewer.topics.delete(name);
    const topic = this.#topics.get(name);
    topic?.viewers.delete(viewer);
    topic?.ahead.delete(viewer);
    if (topic?.viewers.size === 0) this.#topics.delete(name);
  }

  /** Takes a frame of the log, in the log's order. */
  deliver(frame: StoredFrame): void {
    const topic = this.#topics.get(frame.topic);
    if (!topic) return;
    if (topic.queue.push(frame) > 1) return;
    if (this.#dirty.push(topic) > 1) return;
    const restMs = this.#restsUntilMs - performance.now();
    const round = ++this.#round;
    const write = () => (round === this.#round ? this.flush() : undefined);
    if (restMs < MINIMUM_REST_MS) setImmediate(write);
    else setTimeout(write, restMs);
  }

  /** Writes what was collected; by itself once a turn of the loop, or after its rest. */
  flush(): void {
    const dirty = this.#dirty;
    if (dirty.length === 0) return;
    this.#dirty = [];
    const startedMs = performance.now();
    for (const topic of dirty) this.#flush(topic);
    const endedMs = performance.now();
    this.#restsUntilMs = endedMs + Math.min(endedMs - startedMs, MAXIMUM_REST_MS);
  }

  /**
   * Tells the position to topics that were quiet for `quietMs`, so that their viewers can resume from a recent one. Who is
   * ahead of it is not told.
   */
  tellPositions(
    quietMs: number,
    positionOf: (topic: string) => { readonly seq: number; readonly frame: Buffer },
  ): void {
    for (const topic of this.#topics.values()) {
      this.#flush(topic);
      if (this.#now() - topic.toldAtMs < quietMs) continue;
      topic.toldAtMs = this.#now();
      const { seq, frame } = positionOf(topic.name);
      for (const [viewer, knownUpTo] of topic.ahead) if (seq >= knownUpTo) topic.ahead.delete(viewer);
      for (const viewer of topic.viewers) if (!topic.ahead.has(viewer)) viewer.write(frame);
    }
  }

  #open(name: string): Topic {
    const topic: Topic = { name, viewers: new Set(), queue: [], ahead: new Map(), toldAtMs: this.#now() };
    this.#topics.set(name, topic);
    return topic;
  }

  #flush(topic: Topic): void {
    const frames = topic.queue;
    if (frames.length === 0) return;
    topic.queue = [];
    const open = frames.filter(({ subjects }) => subjects === null);
    const forAll = joined(open.map(({ bytes }) => bytes));
    const chosen = this.#choose(topic, frames);
    if (open.length > 0) topic.toldAtMs = this.#now();
    for (const { appendedAtMs } of frames) metrics.delay.observe(Math.max(0, this.#now() - appendedAtMs) / 1_000);
    let deliveries = 0;
    for (const viewer of topic.viewers) {
      const own = chosen?.get(viewer);
      deliveries += own ? own.length : open.length;
      const bytes = own ? joined(own.map((frame) => frame.bytes)) : forAll;
      if (bytes.length > 0) viewer.write(bytes);
    }
    metrics.deliveries.inc(deliveries);
  }

  /** The viewers who do not get just the public frames, with what each gets; null where all get the same. */
  #choose(topic: Topic, frames: readonly StoredFrame[]): Map<Viewer, readonly StoredFrame[]> | null {
    const others = new Set<Viewer>(topic.ahead.keys());
    for (const { subjects } of frames) {
      for (const subject of subjects ?? []) {
        for (const viewer of this.#bySubject.get(subject) ?? []) if (topic.viewers.has(viewer)) others.add(viewer);
      }
    }
    if (others.size === 0) return null;
    return new Map([...others].map((viewer) => [viewer, framesFor(viewer, topic, frames)]));
  }
}

function framesFor(viewer: Viewer, topic: Topic, frames: readonly StoredFrame[]): readonly StoredFrame[] {
  const knownUpTo = topic.ahead.get(viewer) ?? 0;
  if ((frames.at(-1)?.seq ?? 0) > knownUpTo) topic.ahead.delete(viewer);
  return frames.filter(
    ({ seq, subjects }) =>
      seq > knownUpTo && (subjects === null || (viewer.subject !== null && subjects.has(viewer.subject))),
  );
}
