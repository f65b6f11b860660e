import { expect, test } from '@jest/globals';
import { freshId } from '../../shared/ids.ts';
import { MAXIMUM_NICKNAME_CHARACTERS, nicknameFault } from '../../shared/nickname.ts';
import { firstNicknames } from './nickname.ts';

test('a new person begins with the nickname they registered, or with the same and an end of their uuid', () => {
  const uuid = '0190a8f4-6f0b-7c62-8d5e-3c1f4b8a9e21';
  expect(firstNicknames('Ann', uuid)).toEqual([
    'Ann',
    'Ann-9e21',
    'Ann-4b8a9e21',
    'Ann-3c1f4b8a9e21',
    'Ann-6f0b7c628d5e3c1f4b8a9e21',
  ]);
  expect(firstNicknames('', uuid)[1]).toBe('person-9e21');
  expect(firstNicknames('\u2764\uFE0F', uuid).slice(0, 2)).toEqual(['\u2764\uFE0F', '\u2764\uFE0F-9e21']);
});

test('what a person begins with is never too long, and no emoji is cut in half', () => {
  for (const nickname of firstNicknames('😀'.repeat(100), freshId())) {
    expect([...nickname].length).toBe(MAXIMUM_NICKNAME_CHARACTERS);
    expect(nicknameFault(nickname)).toBeNull();
  }
});

test.each([
  ['\u{1F468}\u200D\u{1F469}\u200D\u{1F467}'],
  ['\u{1F3F3}\uFE0F\u200D\u{1F308}'],
  ['1\uFE0F\u20E3'],
  ['می\u200Cخ'],
])('what %p, many times, is cut down to is a nickname wherever it is cut', (text) => {
  const characters = [...text];
  const many = characters.map((_, at) => `${'a'.repeat(at)}${text.repeat(32)}`);
  for (const registered of many) {
    for (const nickname of firstNicknames([...registered].slice(0, 32).join(''), freshId()).slice(1)) {
      expect(nicknameFault(nickname)).toBeNull();
    }
  }
});
