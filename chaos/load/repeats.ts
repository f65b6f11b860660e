import type { Repeat } from '../history.ts';

/**
 * Nearer than that a gateway still knows an id. Its windows hold 1,000 frames a topic or ten minutes, but all of them
 * together no more than the suite's 16 MiB, which the load fills in less than a minute.
 */
const KNOWN_FRAMES = 300;
const KNOWN_MS = 30_000;

/**
 * What one connection must never be given: an id twice while its gateway must still know it, a `seq` that does not
 * grow. A frame that queue-to-ws has sent again after a crash has a new `seq`, and its gateway drops it by its id.
 */
export class ConnectionWatch {
  readonly repeats: Repeat[] = [];
  readonly backwards: string[] = [];
  /** Topic → the last `seq`. */
  readonly #seqs = new Map<string, number>();
  /** Topic and id → where among all frames and when it came last; the oldest first. */
  readonly #recent = new Map<string, { readonly at: number; readonly atMs: number }>();
  #count = 0;

  /** A new connection: what came on the last one may come again. */
  begin(): void {
    this.#seqs.clear();
    this.#recent.clear();
  }

  take({ id, topic, seq }: { id: string; topic: string; seq: number }, atMs: number): void {
    const lastSeq = this.#seqs.get(topic) ?? -1;
    if (!(seq > lastSeq)) this.backwards.push(id);
    this.#seqs.set(topic, seq);
    const key = `${topic} ${id}`;
    const before = this.#recent.get(key);
    if (before && atMs - before.atMs < KNOWN_MS) this.repeats.push({ id, atMs });
    this.#recent.delete(key);
    this.#recent.set(key, { at: this.#count++, atMs });
    for (const [old, { at }] of this.#recent) {
      if (at > this.#count - KNOWN_FRAMES) break;
      this.#recent.delete(old);
    }
  }
}
