import { describe, expect, test } from '@jest/globals';
import { freshId } from '../../shared/ids.ts';
import { foldNickname, identifierOf, madeUpNicknames, readEmail, readNickname, readPhone } from './identifiers.ts';

const refused = (path: string) => expect.objectContaining({ status: 400, faults: [expect.objectContaining({ path })] });
const caught = (work: () => unknown) => {
  try {
    return work();
  } catch (error) {
    return error;
  }
};

describe('a phone', () => {
  test.each(['+12133734253', '+1 (213) 373-4253', '+1-213-373-4253', ' +1 213 373 4253 '])(
    '%s is one number',
    (text) => {
      expect(readPhone(text)).toBe('+12133734253');
    },
  );

  test.each([
    '',
    '+',
    '2133734253',
    '0049 151 12345678',
    '+123',
    '+1 213 373 4253 ext 5',
    'call +12133734253',
    '+1213373425३',
    'x'.repeat(40),
    '+4930123456789012',
    '+49301234567890123',
  ])('%s is none', (text) => {
    expect(caught(() => readPhone(text))).toEqual(refused('/phone'));
  });
});

describe('an email', () => {
  test('is kept in lower case', () => {
    expect(readEmail(' Ann.B+c@Example.COM ')).toBe('ann.b+c@example.com');
  });

  test.each([
    '',
    'ann',
    'ann@',
    '@example.com',
    'ann@example',
    'a b@example.com',
    'a@b@example.com',
    'a@.com',
    'a@b..com',
    'a\n@b.com',
    `${'a'.repeat(250)}@b.com`,
  ])('%j is none', (text) => {
    expect(caught(() => readEmail(text))).toEqual(refused('/email'));
  });
});

describe('a nickname', () => {
  test.each([
    ['Ann', 'Ann'],
    ['  Ann B ', 'Ann B'],
    ['Ünal Şahin', 'Ünal Şahin'],
    ['🦊'.repeat(32), '🦊'.repeat(32)],
    ['👨‍👩‍👧', '👨‍👩‍👧'],
  ])('%j is %j', (text, nickname) => {
    expect(readNickname(text)).toBe(nickname);
  });

  test.each([
    '',
    '   ',
    'a'.repeat(33),
    '🦊'.repeat(33),
    'a\nb',
    'a\0b',
    '\u200b',
    '\u2800a',
    '\u0301',
    'a\u202eb',
    'a\ud800',
  ])('%j is none', (text) => {
    expect(caught(() => readNickname(text))).toEqual(refused('/nickname'));
  });

  test('folds to one spelling whatever its case and composition', () => {
    expect(foldNickname(' JOSÉ ')).toBe(foldNickname('jose\u0301'));
    expect(foldNickname('José')).not.toBe(foldNickname('Jose'));
  });

  test('that is made up ends like its uuid, longer each time', () => {
    const uuid = freshId();
    const made = madeUpNicknames(uuid);
    expect(made[0]).toBe(`person-${uuid.slice(-8)}`);
    expect(made.map((nickname) => readNickname(nickname).length)).toEqual([15, 19, 22]);
  });
});

test('who logs in is counted under one spelling of their name', () => {
  expect(identifierOf('phone', '+1 213 373 4253')).toBe(identifierOf('phone', '+12133734253'));
  expect(identifierOf('email', 'Ann@Example.com')).toBe('ann@example.com');
  expect(identifierOf('nickname', 'ANN')).toBe('ann');
});
