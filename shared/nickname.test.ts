import { describe, expect, test } from '@jest/globals';
import { nicknameFault } from './nickname.ts';

const BLANKS = 'must have no blanks but single spaces';
const INVISIBLE = 'must have no invisible characters but those that its letters or emoji need';
const COMPOSED = 'must be spelt with composed characters (Unicode NFC)';

describe('a nickname may be', () => {
  test.each([
    ['a letter', 'a'],
    ['two words', 'Ann Bee'],
    ['of another script', 'Аня 安'],
    ['right to left', 'שלום'],
    ['an emoji', '😀'],
    ['a family of emoji', '\u{1F468}\u200D\u{1F469}\u200D\u{1F467}'],
    ['32 emoji', '😀'.repeat(32)],
    ['a heart in colour, and one in ink', '\u2764\uFE0F \u2764\uFE0E'],
    ['a flag', '🇺🇳'],
    ['a flag that is joined', '\u{1F3F3}\uFE0F\u200D\u{1F308}'],
    ['a couple of two skin tones', '\u{1F469}\u{1F3FD}\u200D\u2764\uFE0F\u200D\u{1F468}\u{1F3FF}'],
    ['a key', '1\uFE0F\u20E3'],
    ['Persian with a non-joiner', 'می\u200Cخواهم'],
    ['Sinhala with a joiner', 'ශ්\u200Dරී'],
    ['Bengali with a joiner before a mark', 'র\u200D্যাব'],
    ['Bengali as keyboards write it', '\u09DC\u09DF'],
    ['Arabic with marks in the order of typing', 'ب\u0651\u064E'],
    ['Korean', '김민수'],
    ['Vietnamese, letters and marks apart', 'Nguyễn'.normalize('NFD')],
    ['a letter under many marks', `a${'\u0301'.repeat(31)}`],
    ['what looks like code', '<script>${x}{{y}}</script>'],
    ['what looks like SQL', `'; DROP TABLE x; --`],
    ['wildcards', '%_\\!'],
  ])('%s', (_, nickname) => expect(nicknameFault(nickname)).toBeNull());
});

describe('a nickname may not be', () => {
  test.each([
    ['empty', '', 'must have 1 to 32 characters'],
    ['33 characters', 'a'.repeat(33), 'must have 1 to 32 characters'],
    ['33 emoji', '😀'.repeat(33), 'must have 1 to 32 characters'],
    ['with a blank before it', ' Ann', 'must not begin or end with a blank'],
    ['with a blank after it', 'Ann\u00A0', 'must not begin or end with a blank'],
    ['with a filler after it', 'Ann\u3164', 'must not begin or end with a blank'],
    ['with NUL', 'A\0nn', 'must have no control characters'],
    ['with a line break', 'A\r\nnn', 'must have no control characters'],
    ['with a line separator', 'A\u2028nn', 'must have no control characters'],
    ['with half a surrogate pair', 'A\uD800', 'must have no control characters'],
    ['with an override of direction', 'A\u202Enn', 'must have no control characters'],
    ['with an isolate', 'A\u2066nn', 'must have no control characters'],
    ['of blanks', ' \u3000', 'must show something'],
    ['of zero width', '\u200B\u200D\uFEFF', 'must show something'],
    ['of tags that show nothing', '\u{E0041}\u{E0042}', 'must show something'],
    ['of marks alone', '\u0301\u0302', 'must show something'],
    ['an empty Braille pattern', '\u2800', 'must show something'],
    ['the empty head of a note', '\u{1D159}', 'must show something'],
    ['with two spaces in a row', 'Ann  Bee', BLANKS],
    ['with a soft hyphen', 'A\u00ADnn', INVISIBLE],
    ['with a joiner between Latin letters', 'A\u200Dnn', INVISIBLE],
    ['with a joiner between Cyrillic letters', 'А\u200Dня', INVISIBLE],
    ['with a joiner behind its last letter', 'می\u200C', INVISIBLE],
    ['with two joiners in a row', 'می\u200C\u200Cخواهم', INVISIBLE],
    ['with a joiner between an emoji and a letter', '😀\u200Da', INVISIBLE],
    ['with a choice of picture behind a letter', 'A\uFE0Fnn', INVISIBLE],
    ['with a choice of picture behind a digit', '1\uFE0F', INVISIBLE],
    ['with two choices of picture in a row', '\u2764\uFE0F\uFE0F', INVISIBLE],
    ['with another variation of a Chinese character', '安\u{E0100}', INVISIBLE],
    ['a flag with tags', '\u{1F3F4}\u{E0067}\u{E0062}\u{E007F}', INVISIBLE],
    ['with an annotation', 'A\uFFF9nn', INVISIBLE],
    ['with an Arabic sign that waits for a number', 'م\u0604م', INVISIBLE],
    ['with what is no character', 'A\uFFFEnn', INVISIBLE],
    ['Cyrillic, letters and marks apart', 'Андрей'.normalize('NFD'), COMPOSED],
    ['Korean, syllables in parts', '김'.normalize('NFD'), COMPOSED],
    ['Arabic, letters and marks apart', '\u0627\u0653', COMPOSED],
    ['Arabic, letters and marks apart by a joiner', '\u0627\u200C\u0653', COMPOSED],
    ['with a second code for a Chinese character', '\u{2F803}', COMPOSED],
  ])('%s', (_, nickname, fault) => expect(nicknameFault(nickname)).toBe(fault));
});

const everyCharacter = Array.from({ length: 0x11_00_00 }, (_, code) => code)
  .filter((code) => code < 0xd8_00 || code > 0xdf_ff)
  .map((code) => String.fromCodePoint(code));
const codes = (characters: readonly string[]) => characters.map((character) => character.codePointAt(0)?.toString(16));

test('of the characters that Unicode says may be ignored, four may stand, where they are needed', () => {
  const ignorable = everyCharacter.filter((character) => /\p{Default_Ignorable_Code_Point}/u.test(character));
  const allowed = (before: string, after: string) =>
    codes(ignorable.filter((character) => nicknameFault(before + character + after) === null));
  expect(ignorable.length).toBeGreaterThan(4_000);
  for (const letter of ['A', 'Ω', 'Я', '1', '-']) expect(allowed(letter, letter)).toEqual([]);
  for (const letter of ['ب', 'क', '安', '가']) expect(allowed(letter, letter)).toEqual(['200c', '200d']);
  expect(allowed('😀', '😀')).toEqual(['200d', 'fe0e', 'fe0f']);
  expect(allowed('1', '\u20E3')).toEqual(['fe0f']);
});

test('of all blanks one may stand within it', () => {
  const blanks = everyCharacter.filter((character) => /[\s\p{Z}\u2800\u115F\u1160\u3164\uFFA0]/u.test(character));
  expect(blanks.length).toBeGreaterThan(25);
  expect(codes(blanks.filter((blank) => nicknameFault(`A${blank}b`) === null))).toEqual(['20']);
});
