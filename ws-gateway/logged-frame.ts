import { type RoutedFrame, sequenceOf } from '../shared/frame.ts';
import { placedFrame, placedFrameLength } from './outbound.ts';
import type { StoredFrame } from './recovery.ts';

/**
 * A frame of the log. Most frames that a gateway reads are of rooms in which it holds nobody: of those it keeps the
 * record's text as it came and builds the wire bytes once somebody comes who missed them.
 */
export class LoggedFrame implements StoredFrame {
  readonly id: string;
  readonly topic: string;
  readonly partition: number;
  readonly seq: number;
  readonly subjects: ReadonlySet<string> | null;
  readonly appendedAtMs: number;
  readonly size: number;
  #bytes: Buffer | null;
  /**
   * The record's text until the wire bytes are built. A copy, one byte a character: the record itself is a slice of all
   * that was fetched with it, and would keep a mebibyte in memory for its few hundred bytes.
   */
  #text: string;

  /** @param isWanted somebody here gets it now: the wire bytes are built at once, without the copy between */
  constructor(routed: RoutedFrame, isWanted: boolean) {
    const { id, topic, partition, subjects, appendedAtMs, body } = routed;
    this.id = id;
    this.topic = topic;
    this.partition = partition;
    this.seq = sequenceOf(routed.offset);
    this.subjects = subjects;
    this.appendedAtMs = appendedAtMs;
    this.size = placedFrameLength(this.seq, body.length);
    this.#bytes = isWanted ? placedFrame(this.seq, body) : null;
    this.#text = isWanted ? '' : body.toString('latin1');
  }

  get bytes(): Buffer {
    if (!this.#bytes) {
      this.#bytes = placedFrame(this.seq, this.#text);
      this.#text = '';
    }
    return this.#bytes;
  }
}
