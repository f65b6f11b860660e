import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { JsonError, parseStrictJson } from './strict-json.ts';

describe('strict JSON takes what JSON.parse takes', () => {
  test.each(['null', '0', '-1.5e3', '""', '[]', '{}', ' { "a" : [ 1 , { "b" : null } ] } ', '"\\u00e9\\ud83d\\ude00"'])(
    '%s',
    (text) => expect(parseStrictJson(text)).toEqual(JSON.parse(text)),
  );

  test('the same key in different objects', () => {
    expect(parseStrictJson('[{"a":1},{"a":{"a":2}}]')).toEqual([{ a: 1 }, { a: { a: 2 } }]);
  });

  test('a value that looks like a key or a bracket', () => {
    const text = '{"a":"b\\":{[","b":"a","c":"\\\\"}';
    expect(parseStrictJson(text)).toEqual(JSON.parse(text));
  });

  test('16 levels, and no more', () => {
    expect(parseStrictJson('['.repeat(16) + ']'.repeat(16))).toBeDefined();
    expect(() => parseStrictJson('['.repeat(17) + ']'.repeat(17))).toThrow('nests deeper than 16');
  });
});

describe('strict JSON refuses', () => {
  test.each([
    ['an empty text', '', 'is not JSON'],
    ['trailing garbage', '{} x', 'is not JSON'],
    ['a byte order mark', '\uFEFF{}', 'is not JSON'],
    ['NaN', 'NaN', 'is not JSON'],
    ['an unfinished string', '{"a":"', 'is not JSON'],
    ['an unfinished escape', '"\\', 'is not JSON'],
    ['a key twice', '{"sum":1,"sum":1000}', 'twice'],
    ['a key twice, once escaped', '{"sum":1,"\\u0073um":1000}', 'twice'],
    ['a key twice with blanks', '{"a" :1 ,\n"a"\t:2}', 'twice'],
    ['a key twice, after an object between them', '{"a":{"b":[1]},"a":2}', 'twice'],
    ['__proto__ as a key', '{"__proto__":{"polluted":1}}', 'forbidden key'],
    ['__proto__ escaped', '{"\\u005f_proto__":1}', 'forbidden key'],
    ['constructor deep inside', '[{"a":[{"constructor":{}}]}]', 'forbidden key'],
    ['a NUL', '{"a":"b\\u0000"}', 'cannot be stored'],
    ['a lone surrogate', '{"a":"\\ud800"}', 'cannot be stored'],
    ['a lone surrogate in a key', '{"\\udc00":1}', 'cannot be stored'],
  ])('%s', (_name, text, reason) => {
    expect(() => parseStrictJson(text)).toThrow(JsonError);
    expect(() => parseStrictJson(text)).toThrow(reason);
  });

  test('depth 100,000 without recursion', () => {
    expect(() => parseStrictJson('['.repeat(100_000))).toThrow('nests deeper');
    expect(() => parseStrictJson('{"a":'.repeat(100_000))).toThrow('nests deeper');
  });

  test('and pollutes nothing', () => {
    expect(() => parseStrictJson('{"__proto__":{"polluted":1}}')).toThrow();
    expect(({} as { polluted?: number }).polluted).toBeUndefined();
  });
});

describe('properties', () => {
  const storable = fc.string({ unit: 'grapheme' }).filter((text) => text.isWellFormed() && !text.includes('\0'));
  const key = storable.filter((text) => !['__proto__', 'constructor', 'prototype'].includes(text));
  const value = fc.letrec((tie) => ({
    any: fc.oneof({ maxDepth: 4 }, fc.constant(null), fc.boolean(), fc.double({ noNaN: true }), storable, tie('list'), tie('object')),
    list: fc.array(tie('any'), { maxLength: 4 }),
    object: fc.dictionary(key, tie('any'), { maxKeys: 4, noNullPrototype: true }),
  })).any; // prettier-ignore

  test('whatever JSON.stringify writes of storable values is read as JSON.parse reads it', () => {
    fc.assert(
      fc.property(value, fc.constantFrom(0, 2), (one, indent) => {
        const text = JSON.stringify(one, null, indent);
        expect(parseStrictJson(text)).toEqual(JSON.parse(text));
      }),
      { numRuns: 500 },
    );
  });

  test('a repeated key is found wherever it stands', () => {
    fc.assert(
      fc.property(key, value, value, fc.dictionary(key, value, { maxKeys: 3 }), (name, one, other, rest) => {
        const entries = [[name, one], ...Object.entries(rest), [name, other]] as const;
        const text = `{${entries.map(([k, v]) => `${JSON.stringify(k)}:${JSON.stringify(v)}`).join(',')}}`;
        expect(() => parseStrictJson(text, 32)).toThrow('twice');
      }),
      { numRuns: 300 },
    );
  });

  test('any text is either refused by a JsonError or read as JSON.parse reads it', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[{}[\]":,\\a0 \n]{0,20}$/), (text) => {
        let read: unknown;
        try {
          read = parseStrictJson(text);
        } catch (error) {
          expect(error).toBeInstanceOf(JsonError);
          return;
        }
        expect(read).toEqual(JSON.parse(text));
      }),
      { numRuns: 2_000 },
    );
  });
});
