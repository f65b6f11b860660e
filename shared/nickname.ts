/**
 * Nicknames. A person may choose one that shows something, that cannot be mistaken for another one by what nobody sees in
 * it, and that does not turn the text behind it around. Which two are the same is the database's collation to say: it
 * looks away from case, from accents and from each invisible character that is allowed here, but not from most others.
 */
export const MAXIMUM_NICKNAME_CHARACTERS = 32;

/** Controls, line separators, halves of surrogate pairs, and what embeds, overrides or isolates a direction of writing. */
const FORBIDDEN = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u202A-\u202E\u2066-\u2069]/u;

/** What shows nothing and yet is no white space: Braille's empty pattern and the fillers of Hangul. */
const BLANK = '[\\s\\u2800\\u115F\\u1160\\u3164\\uFFA0]';
const OUTER_BLANK = new RegExp(`^${BLANK}|${BLANK}$`, 'u');
const ODD_BLANK = new RegExp(`(?! )${BLANK}|  `, 'u');

/**
 * What may show nothing and take no room. Beside what Unicode lets a font ignore: every other character of format, what
 * stands for an object, the empty head of a note, the filler of the small Khitan script, and what is no character.
 */
const INVISIBLE = '[\\p{Default_Ignorable_Code_Point}\\p{Cf}\\p{Noncharacter_Code_Point}\\uFFFC\\u{1D159}\\u{16FE4}]';
const ANY_INVISIBLE = new RegExp(INVISIBLE, 'u');
/** Marks alone show nothing to stand on. */
const SHOWING_NOTHING = new RegExp(`^(?:${BLANK}|${INVISIBLE}|\\p{M})*$`, 'u');

const PICTURE = '\\p{Extended_Pictographic}';
/** A letter of a script that may need joiners to be spelt: any but those that are known to do without. */
const LETTER = '(?![\\p{Script=Latin}\\p{Script=Greek}\\p{Script=Cyrillic}\\p{Script=Common}])\\p{L}';
/**
 * The invisible characters that are allowed, each where it changes what is seen: joiners between pictures (a family) and
 * between letters, and the choice between a picture in colour and one in ink, keys (a digit in a box) included.
 */
const WHERE_NEEDED = new RegExp(
  [
    `(?<=${PICTURE}[\\p{Emoji_Modifier}\\uFE0F]?)\\u200D(?=${PICTURE})`,
    `(?<=${LETTER}\\p{M}*)[\\u200C\\u200D](?=${LETTER}|\\p{M})`,
    `(?<=${PICTURE})[\\uFE0E\\uFE0F]`,
    '(?<=[0-9#*])\\uFE0F(?=\\u20E3)',
  ].join('|'),
  'gu',
);

/** Letters and marks of which the collation holds every spelling of one look the same. */
const SPELT_AT_WILL = /[\p{Script=Latin}\p{Script=Greek}\p{Script=Hebrew}\p{Script=Inherited}]/gu;
/** Characters that Unicode takes apart or replaces for good: by hand where the collation does not know that. */
const REPLACED = /[\p{Script=Han}\u0F73\u0F75\u0F76\u0F78\u0F81]/u;

/** Why a text can be no nickname, in words; null where it can. Lengths are of code points. */
export function nicknameFault(text: string): string | null {
  const characters = [...text].length;
  if (characters < 1 || characters > MAXIMUM_NICKNAME_CHARACTERS) {
    return `must have 1 to ${MAXIMUM_NICKNAME_CHARACTERS} characters`;
  }
  if (FORBIDDEN.test(text)) return 'must have no control characters';
  if (SHOWING_NOTHING.test(text)) return 'must show something';
  if (OUTER_BLANK.test(text)) return 'must not begin or end with a blank';
  if (ODD_BLANK.test(text)) return 'must have no blanks but single spaces';
  const visible = text.replaceAll(WHERE_NEEDED, '');
  if (ANY_INVISIBLE.test(visible)) return 'must have no invisible characters but those that its letters or emoji need';
  if (!isComposed(visible)) return 'must be spelt with composed characters (Unicode NFC)';
  return null;
}

/**
 * Whether a text is spelt in the one of several ways to write its letters, as keyboards write them (й, not и and a breve),
 * as far as the collation tells those ways apart. What Unicode replaces by others wherever it stands, and the collation
 * holds equal to those, may stand: so keyboards for Bengali write.
 */
function isComposed(text: string): boolean {
  const single = [...text].map((character) => (REPLACED.test(character) ? character : character.normalize('NFC')));
  const spelt = single.join('');
  return spelt.normalize('NFC').replaceAll(SPELT_AT_WILL, '') === spelt.replaceAll(SPELT_AT_WILL, '');
}
