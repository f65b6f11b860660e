/**
 * Lists of parameters as text of an SQL statement. A batch writes thousands of values a statement, and there the driver's
 * own text-making costs more than everything else that a worker does: it goes through JSON letter by letter, as it
 * escapes the double quotes, which within single quotes need it in no SQL mode.
 */
import mysql from 'mysql2';
import type { Parameter } from './database.ts';

/** What the driver escapes but for the double quote: a text with one of these is left to the driver. */
const SPECIAL = /[\0\b\t\n\r\x1a'\\]/;

/** `1, 'a'` of a list, and `(1, 'a'), (2, 'b')` of a list of lists: what stands for a `?`. */
export function sqlList(list: readonly Parameter[]): string {
  let text = '';
  for (const item of list) {
    const one = isList(item) ? `(${sqlList(item)})` : sqlLiteral(item);
    text = text === '' ? one : `${text}, ${one}`;
  }
  return text;
}

function sqlLiteral(value: Exclude<Parameter, readonly Parameter[]>): string {
  if (value === null) return 'NULL';
  if (typeof value === 'string') return SPECIAL.test(value) ? mysql.escape(value) : `'${value}'`;
  if (typeof value === 'object') return `x'${value.toString('hex')}'`;
  return String(value);
}

export function isList(value: Parameter): value is readonly Parameter[] {
  return Array.isArray(value);
}
