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
});

test('what a person begins with is never too long, and no emoji is cut in half', () => {
  for (const nickname of firstNicknames('😀'.repeat(100), freshId())) {
    expect([...nickname].length).toBe(MAXIMUM_NICKNAME_CHARACTERS);
    expect(nicknameFault(nickname)).toBeNull();
  }
});
