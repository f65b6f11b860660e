import { describe, expect, test } from '@jest/globals';
import { Type } from '@sinclair/typebox';
import { closed, compile, type Fault, Timestamp, Uuid } from './schema.ts';

const Flag = Type.Union([Type.Boolean(), Type.Literal('true'), Type.Literal('false')]);
const PageLimit = Type.String({ pattern: '^[1-9]$', description: '1 to 9; 5 unless given.' });

const check = compile(
  closed({
    name: Type.Optional(Type.String({ minLength: 1, maxLength: 5 })),
    code: Type.Optional(Type.String({ minLength: 3 })),
    id: Type.Optional(Uuid),
    renamed: Type.Optional(Type.String({ pattern: Uuid.pattern, description: 'Somebody else.' })),
    limit: Type.Optional(PageLimit),
    odd: Type.Optional(Type.String({ pattern: '^a+$' })),
    at: Type.Optional(Timestamp),
    flag: Type.Optional(Flag),
    window: Type.Optional(Type.Union([Type.Literal('all'), Type.Literal('day'), Type.Literal('hour')])),
    unit: Type.Optional(Type.Unsafe<string>({ enum: ['s', 'ms'] })),
    one: Type.Optional(Type.Literal('one')),
    sum: Type.Optional(Type.Union([Type.Number(), Type.String({ maxLength: 4 })])),
    count: Type.Optional(Type.Integer({ minimum: 1, maximum: 3 })),
    list: Type.Optional(Type.Array(Type.Boolean())),
    person: Type.Optional(Type.Union([Type.Object({ uuid: Uuid }), Type.Null()])),
  }),
);

function faultsIn(value: unknown): Fault[] {
  const result = check(value);
  return result.ok ? [] : result.faults;
}

describe('is told once, in words and where it is:', () => {
  test.each<[string, unknown, string, string]>([
    ['a value of another type', { name: 5 }, '/name', 'must be a string'],
    ['no object', [], '/', 'must be an object'],
    ['no whole number', { count: 1.5 }, '/count', 'must be a whole number'],
    ['no list', { list: {} }, '/list', 'must be a list'],
    ['one of a list', { list: [true, 1] }, '/list/1', 'must be true or false'],
    ['an empty text', { name: '' }, '/name', 'must not be empty'],
    ['a short text', { code: 'ab' }, '/code', 'must have at least 3 characters'],
    ['a long text', { name: 'abcdef' }, '/name', 'must have at most 5 characters'],
    ['no UUID', { id: 'ABC' }, '/id', 'must be a UUID in lower case'],
    ['no UUID under another description', { renamed: 'x' }, '/renamed', 'must be a UUID in lower case'],
    ['a pattern that describes itself', { limit: '0' }, '/limit', 'must be 1 to 9'],
    ['a pattern without a description', { odd: 'b' }, '/odd', 'must be of another form'],
    ['no time', { at: 'today' }, '/at', 'must be a time as RFC 3339 writes it'],
    ['a flag that is none', { flag: 'yes' }, '/flag', 'must be true or false'],
    ['none of three words', { window: 'week' }, '/window', 'must be one of all, day, hour'],
    ['none of an enumeration', { unit: 'h' }, '/unit', 'must be s or ms'],
    ['another than the only one', { one: 'two' }, '/one', 'must be one'],
    ['neither of two types', { sum: null }, '/sum', 'must be a number or a string'],
    ['one of two types, but too long', { sum: '12345' }, '/sum', 'must have at most 4 characters'],
    ['too little', { count: 0 }, '/count', 'must be at least 1'],
    ['too much', { count: 4 }, '/count', 'must be at most 3'],
    ['an unknown field', { nmae: 'x' }, '/nmae', 'is not a known field'],
    ['an unknown field whose name is no pointer', { 'a/b~c': 1 }, '/a~1b~0c', 'is not a known field'],
    ['a missing field within a union', { person: {} }, '/person/uuid', 'is required'],
    ['a wrong field within a union', { person: { uuid: 'x' } }, '/person/uuid', 'must be a UUID in lower case'],
    ['neither an object nor nothing', { person: 5 }, '/person', 'must be an object or null'],
  ])('%s', (_case, value, path, message) => expect(faultsIn(value)).toEqual([{ path, message }]));

  test('a missing field', () => {
    const result = compile(closed({ message: Type.String() }))({});
    expect(result).toEqual({ ok: false, faults: [{ path: '/message', message: 'is required' }] });
  });
});
