/**
 * What was used last, bounded, in two generations: when the younger is full, the older is forgotten whole. A map that gave
 * up its oldest entry for each new one would search for it past all that were given up before.
 */
export class RecentMap<K, V> {
  #young = new Map<K, V>();
  #old = new Map<K, V>();
  readonly #half: number;

  /** @param capacity entries at most, an even number; the newest half of as many is never forgotten */
  constructor(capacity: number) {
    this.#half = capacity / 2;
  }

  get size(): number {
    return this.#young.size + this.#old.size;
  }

  /** The value, which counts as used now. */
  get(key: K): V | undefined {
    const young = this.#young.get(key);
    if (young !== undefined) return young;
    const old = this.#old.get(key);
    if (old !== undefined) this.set(key, old);
    return old;
  }

  set(key: K, value: V): void {
    this.#old.delete(key);
    this.#young.set(key, value);
    if (this.#young.size < this.#half) return;
    this.#old = this.#young;
    this.#young = new Map();
  }

  delete(key: K): void {
    this.#young.delete(key);
    this.#old.delete(key);
  }
}
