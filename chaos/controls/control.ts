/** One place of the sources that a control changes. */
export interface Edit {
  /** Under the repository's root. */
  readonly file: string;
  /** Stands in the file exactly once. */
  readonly find: string;
  readonly replace: string;
}

/** What brings a mistake to light; `slow-cache`: the way between services and Redis takes 200 ms more, either way. */
export type Provocation = 'load' | 'kills' | 'crash-after-commit' | 'crash-after-send' | 'slow-cache';

/** The product with the usual mistake in one place: what shows that the suite would notice it. */
export interface Control {
  readonly name: string;
  readonly mistake: string;
  /** Those of which at least one has to be violated. */
  readonly invariants: readonly string[];
  readonly provokedBy: Provocation;
  /** The same in words. */
  readonly faults: string;
  readonly edits: readonly Edit[];
}

/** The file's text with the edits of it made. @throws naming file and text where `find` is not there exactly once */
export function applyEdits(file: string, source: string, edits: readonly Edit[]): string {
  let text = source;
  for (const { find, replace } of edits.filter((edit) => edit.file === file)) {
    const parts = text.split(find);
    if (parts.length !== 2) throw new Error(`${file} has ${parts.length - 1} times, instead of once:\n${find}`);
    text = parts.join(replace);
  }
  return text;
}
