import { NUMBER_DIGITS, NUMBER_MARK } from '../support/room-event.ts';

const mark = Buffer.from(NUMBER_MARK);
const markAndNumber = mark.length + NUMBER_DIGITS;
const nothing = Buffer.alloc(0);
const ZERO = 0x30;

/** Finds the numbers of events in the payloads of one connection, whatever a server wraps or joins them in. */
export class EventNumbers {
  #rest: Buffer = nothing;
  #found: number[] = [];

  /** Reads a piece of a frame. @returns with its last piece the numbers of all its events: no client sees them earlier */
  read(piece: Buffer, isLast: boolean): readonly number[] {
    const bytes = this.#rest.length === 0 ? piece : Buffer.concat([this.#rest, piece]);
    let end = 0;
    for (let at = bytes.indexOf(mark); at >= 0 && at + markAndNumber <= bytes.length; at = bytes.indexOf(mark, end)) {
      end = at + markAndNumber;
      this.#found.push(numberAt(bytes, at + mark.length));
    }
    // What a mark may have begun in; copied, since the next chunk is read into the same bytes.
    this.#rest = isLast ? nothing : Buffer.from(bytes.subarray(Math.max(end, bytes.length - markAndNumber + 1)));
    if (!isLast) return [];
    const found = this.#found;
    this.#found = [];
    return found;
  }
}

function numberAt(bytes: Buffer, from: number): number {
  let number = 0;
  for (let at = from; at < from + NUMBER_DIGITS; at++) number = number * 10 + (bytes[at] ?? ZERO) - ZERO;
  return number;
}
