/** Dead letters of this many keys with no success between them are no accident of one record: the fault is ours. */
const KEYS = 3;

/** Counts the distinct keys of a streak of dead letters. One key's letters, however many, are one caller's trouble. */
export class Streak {
  readonly #keys = new Set<string>();

  /** An event was handled. */
  end(): void {
    this.#keys.clear();
  }

  /** True where setting this one aside would go on with a streak that has to stop. */
  grows(key: string | null): boolean {
    this.#keys.add(key ?? '');
    return this.#keys.size >= KEYS;
  }
}
