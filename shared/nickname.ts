/**
 * Nicknames. A person may choose one that shows something, that cannot be mistaken for another one by the blanks around
 * it, and that does not turn the text behind it around. Which two are the same is the database's collation to say.
 */
export const MAXIMUM_NICKNAME_CHARACTERS = 32;

/** Controls, line separators, halves of surrogate pairs, and what embeds, overrides or isolates a direction of writing. */
const FORBIDDEN = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u202A-\u202E\u2066-\u2069]/u;
/** What shows nothing and yet is no white space: Braille's empty pattern and the fillers of Hangul. */
const BLANK = '[\\s\\u2800\\u115F\\u1160\\u3164\\uFFA0]';
const OUTER_BLANK = new RegExp(`^${BLANK}|${BLANK}$`, 'u');
/** Marks alone show nothing to stand on. */
const SHOWING_NOTHING = new RegExp(`^(?:${BLANK}|[\\p{Default_Ignorable_Code_Point}\\p{M}])*$`, 'u');

/** Why a text can be no nickname, in words; null where it can. Lengths are of code points. */
export function nicknameFault(text: string): string | null {
  const characters = [...text].length;
  if (characters < 1 || characters > MAXIMUM_NICKNAME_CHARACTERS) {
    return `must have 1 to ${MAXIMUM_NICKNAME_CHARACTERS} characters`;
  }
  if (FORBIDDEN.test(text)) return 'must have no control characters';
  if (SHOWING_NOTHING.test(text)) return 'must show something';
  if (OUTER_BLANK.test(text)) return 'must not begin or end with a blank';
  return null;
}
