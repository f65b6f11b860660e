import { describe, expect, test } from '@jest/globals';
import { nicknameFault } from './nickname.ts';

describe('a nickname may be', () => {
  test.each([
    ['a letter', 'a'],
    ['two words', 'Ann Bee'],
    ['of another script', 'Аня 安'],
    ['right to left', 'שלום'],
    ['an emoji', '😀'],
    ['a family of emoji', '\u{1F468}\u200D\u{1F469}\u200D\u{1F467}'],
    ['32 emoji', '😀'.repeat(32)],
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
  ])('%s', (_, nickname, fault) => expect(nicknameFault(nickname)).toBe(fault));
});
