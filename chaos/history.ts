/** What was asked of the product, what it answered, and what was seen on sockets: all that the checker may go by. */

export type RequestKind = 'donation' | 'message' | 'deposit' | 'goal' | 'refund';

/** One thing asked for, however often it was sent under its key. */
export interface Request {
  readonly kind: RequestKind;
  readonly key: string;
  /** Who asked. */
  readonly by: string;
  /** The room's owner; for a deposit the account, for a refund the room of its donation. */
  readonly room: string;
  /** Minor units; 0 where no money is asked for. */
  readonly sum: bigint;
  /** The message, or a donation's comment, is for its two parties alone. */
  readonly isPrivate: boolean;
  /** Milliseconds of `performance.now()`, when it was due by the schedule. */
  readonly dueAtMs: number;
  /** Answers by status, 0 standing for none. */
  readonly answers: Map<number, number>;
  /** What the success named; null where it never came: then it may have happened, or not. */
  id: string | null;
  confirmedAtMs: number;
  /** The status of an answer that will not change; 0 while there is none. */
  refused: number;
}

/** What one viewer's socket was shown, over all its reconnections, repeats dropped by id as the contract asks. */
export interface Seen {
  readonly room: string;
  readonly by: string;
  readonly gateway: number;
  /** Ids in the order first shown, with their frames' types. */
  readonly order: readonly string[];
  readonly types: ReadonlyMap<string, string>;
  /** Milliseconds of `performance.now()`, of each donation's frame. */
  readonly shownAtMs: ReadonlyMap<string, number>;
  /** The donation that each `donate_refunded` frame names, by frame id. */
  readonly refundOf: ReadonlyMap<string, string>;
  /** Ids of private frames: of this viewer's own, and of others', which must never come. */
  readonly privateIds: readonly string[];
  /** How often a resume was answered `recovered: false`: then the client is told that it missed something. */
  readonly gaps: number;
  /** The position at which its last gap ended: all that was said after it must be shown; -1 without a gap. */
  readonly wholeAfterSeq: number;
  /** The position of the last public frame of the room since then; -1 where there was none. */
  readonly lastSeq: number;
  /** When it was cut off and back in the room, for each gap. */
  readonly absences: readonly Absence[];
  /** Frames that one connection was given twice though its gateway must have known them: a resume explains none. */
  readonly repeats: readonly Repeat[];
  /** Ids of frames whose `seq` was not above that of the frame before it, on one connection and topic. */
  readonly backwards: readonly string[];
  /** Donations that it was told were refused, as their donor. */
  readonly rejections: ReadonlySet<string>;
  readonly reconnects: number;
}

/** Milliseconds of `performance.now()`. */
export interface Absence {
  readonly lostAtMs: number;
  readonly backAtMs: number;
}

export interface Repeat {
  readonly id: string;
  /** Milliseconds of `performance.now()`. */
  readonly atMs: number;
}

/** A fault as it was injected. */
export interface Injection {
  readonly row: string;
  readonly target: string;
  readonly atMs: number;
  /** When what was taken away was there again; equal to `atMs` for a kill. */
  backAtMs: number;
}

export interface History {
  readonly seed: number;
  readonly requests: readonly Request[];
  readonly seen: readonly Seen[];
  readonly injections: readonly Injection[];
  /** The rooms' owners. */
  readonly rooms: readonly string[];
  /** Records that were written to Kafka to be set aside as dead letters. */
  readonly poison: number;
}
