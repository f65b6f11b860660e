import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import mysql from 'mysql2';
import type { Parameter } from './database.ts';
import { Hex, isList, sqlList } from './sql-literals.ts';

const scalar = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({ unit: fc.constantFrom('\0', '\b', '\t', '\n', '\r', '\x1a', '"', "'", '\\', 'a', 'b') }),
  fc.json(),
  fc.bigInt(),
  fc.integer(),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.boolean(),
  fc.constant(null),
  fc.uint8Array().map((bytes) => Buffer.from(bytes)),
  fc.uint8Array().map((bytes) => new Hex(Buffer.from(bytes).toString('hex'))),
);

/** The driver's text, its escaped double quotes taken back: what a server reads out of both is the same. */
const byDriver = (list: readonly Parameter[]) => unquote(mysql.format('?', [list.map(asDriverTakes)]));
function asDriverTakes(parameter: Parameter): mysql.SqlValue {
  if (parameter instanceof Hex) return Buffer.from(parameter.literal.slice(2, -1), 'hex');
  return isList(parameter) ? parameter.map(asDriverTakes) : parameter;
}
const unquote = (sql: string) => sql.replaceAll(/\\(.)/gs, (pair, one: string) => (one === '"' ? '"' : pair));

test('a list, and a list of lists, reads as the driver would have written it', () => {
  fc.assert(
    fc.property(fc.array(scalar, { minLength: 1 }), fc.array(fc.array(scalar, { minLength: 1 })), (flat, nested) => {
      for (const list of [flat, nested])
        expect(unquote(sqlList(list)).toLowerCase()).toBe(byDriver(list).toLowerCase());
    }),
  );
});

test('what could end a text early is escaped', () => {
  expect(sqlList(["'; DROP TABLE accounts; --", '\\'])).toBe(String.raw`'\'; DROP TABLE accounts; --', '\\'`);
  expect(sqlList([[`{"a":"b"}`, 1n, null, Buffer.from('41', 'hex')]])).toBe(`('{"a":"b"}', 1, NULL, x'41')`);
});

test('an empty list is empty text, as the driver has it', () => {
  expect(sqlList([])).toBe(mysql.format('?', [[]]));
});
