import { metrics } from './metrics.ts';

/**
 * What a socket that comes back may have missed. Each topic has a window: 10 minutes or 1,000 events, whichever is
 * less, private frames in a ring of their own so that they cannot push out what everybody saw. All windows together
 * stay within a budget of bytes; the oldest frame of all leaves first. A window remembers the last frame that left it:
 * a position at or after that one can be answered wholly, an older one not at all.
 */
export interface StoredFrame {
  readonly id: string;
  readonly topic: string;
  readonly partition: number;
  /** Its place in the partition; only grows. */
  readonly seq: number;
  /** null = everybody in the topic. */
  readonly subjects: ReadonlySet<string> | null;
  readonly appendedAtMs: number;
  /** The wire bytes; those of a room in which nobody was are built when they are first asked for. */
  readonly bytes: Buffer;
  /** How long the wire bytes are, built or not. */
  readonly size: number;
}

interface Entry {
  readonly frame: StoredFrame;
  readonly window: Window;
  older: Entry | null;
  newer: Entry | null;
}

interface Window {
  readonly ids: Set<string>;
  readonly open: Entry[];
  readonly closed: Entry[];
  /** Seq of the last public frame that left. */
  openFloor: number;
  /** Seq of the last private frame that left, by who could see it; and for everybody not named. */
  readonly closedFloors: Map<string, number>;
  closedFloor: number;
}

export interface WindowLimits {
  readonly budgetBytes: number;
  readonly frames: number;
  readonly ageMs: number;
}

export const WINDOW_MS = 10 * 60_000;
export const WINDOW_FRAMES = 1_000;
/** What an entry costs beside its frame's bytes; by estimate. */
const ENTRY_BYTES = 400;
const MAXIMUM_CLOSED_FLOORS = 2_000;
const MAXIMUM_EMPTY_TOPICS = 50_000;

export class FrameWindows {
  readonly #limits: WindowLimits;
  readonly #windows = new Map<string, Window>();
  /** Floors of topics whose window is empty now; a bounded memory, its overflow raises the partition's floor. */
  readonly #floors = new Map<string, { readonly partition: number; readonly seq: number }>();
  readonly #partitionFloors: number[] = [];
  #oldest: Entry | null = null;
  #newest: Entry | null = null;
  #bytes = 0;

  constructor(limits: WindowLimits) {
    this.#limits = limits;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** What lies at or before `seq` in this partition is unknown here. */
  begin(partition: number, seq: number): void {
    this.#partitionFloors[partition] = seq;
  }

  /** False where the topic's window already holds a frame of that id: it is a repetition and goes to nobody. */
  add(frame: StoredFrame): boolean {
    const window = this.#windows.get(frame.topic) ?? this.#open(frame);
    if (window.ids.has(frame.id)) return false;
    const entry: Entry = { frame, window, older: this.#newest, newer: null };
    if (this.#newest) this.#newest.newer = entry;
    this.#newest = entry;
    this.#oldest ??= entry;
    const ring = frame.subjects ? window.closed : window.open;
    ring.push(entry);
    window.ids.add(frame.id);
    this.#weigh(entry, 1);
    if (ring.length > this.#limits.frames && ring[0]) this.#drop(ring[0]);
    while (this.#bytes > this.#limits.budgetBytes && this.#oldest) this.#drop(this.#oldest);
    return true;
  }

  /** Lets go of what is too old. */
  expire(nowMs: number): void {
    const before = nowMs - this.#limits.ageMs;
    while (this.#oldest && this.#oldest.frame.appendedAtMs < before) this.#drop(this.#oldest);
  }

  /** Every frame after `seq` that the subject may see, in order; null where one of them may be gone. */
  since(topic: string, partition: number, subject: string | null, seq: number): readonly Buffer[] | null {
    const window = this.#windows.get(topic);
    if (!window) return seq < this.#floorOf(topic, partition) ? null : [];
    if (seq < window.openFloor || (subject && seq < closedFloorFor(window, subject))) return null;
    const isMissed = ({ frame }: Entry) =>
      frame.seq > seq && (!frame.subjects || (subject !== null && frame.subjects.has(subject)));
    return [...window.open.filter(isMissed), ...window.closed.filter(isMissed)]
      .sort((one, other) => one.frame.seq - other.frame.seq)
      .map(({ frame }) => frame.bytes);
  }

  #open({ topic, partition }: StoredFrame): Window {
    const floor = this.#floorOf(topic, partition);
    this.#floors.delete(topic);
    const window: Window = {
      ids: new Set(),
      open: [],
      closed: [],
      openFloor: floor,
      closedFloors: new Map(),
      closedFloor: floor,
    };
    this.#windows.set(topic, window);
    return window;
  }

  #floorOf(topic: string, partition: number): number {
    return this.#floors.get(topic)?.seq ?? this.#partitionFloors[partition] ?? Infinity;
  }

  /** Takes out an entry, always the oldest of its ring. */
  #drop(entry: Entry): void {
    const { frame, window, older, newer } = entry;
    if (older) older.newer = newer;
    else this.#oldest = newer;
    if (newer) newer.older = older;
    else this.#newest = older;
    window.ids.delete(frame.id);
    this.#weigh(entry, -1);
    if (frame.subjects) {
      window.closed.shift();
      raiseClosedFloors(window, frame.subjects, frame.seq);
    } else {
      window.open.shift();
      window.openFloor = frame.seq;
    }
    if (window.ids.size === 0) this.#forget(frame, window);
  }

  #forget({ topic, partition }: StoredFrame, window: Window): void {
    this.#windows.delete(topic);
    const seq = Math.max(window.openFloor, window.closedFloor, ...window.closedFloors.values());
    this.#floors.set(topic, { partition, seq });
    if (this.#floors.size <= MAXIMUM_EMPTY_TOPICS) return;
    const [overflow] = this.#floors;
    if (!overflow) return;
    const [name, floor] = overflow;
    this.#floors.delete(name);
    this.#partitionFloors[floor.partition] = Math.max(this.#partitionFloors[floor.partition] ?? 0, floor.seq);
  }

  #weigh({ frame }: Entry, sign: 1 | -1): void {
    const bytes = sign * (frame.size + ENTRY_BYTES);
    this.#bytes += bytes;
    metrics.windowBytes.inc(bytes);
  }
}

function closedFloorFor(window: Window, subject: string): number {
  return Math.max(window.closedFloor, window.closedFloors.get(subject) ?? 0);
}

function raiseClosedFloors(window: Window, subjects: ReadonlySet<string>, seq: number): void {
  for (const subject of subjects) {
    window.closedFloors.delete(subject);
    window.closedFloors.set(subject, seq);
  }
  while (window.closedFloors.size > MAXIMUM_CLOSED_FLOORS) {
    const [longestUntouched] = window.closedFloors;
    if (!longestUntouched) return;
    window.closedFloors.delete(longestUntouched[0]);
    window.closedFloor = Math.max(window.closedFloor, longestUntouched[1]);
  }
}
