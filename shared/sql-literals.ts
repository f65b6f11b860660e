/**
 * Lists of parameters as text of an SQL statement. A batch writes thousands of values a statement, and there the driver's
 * own text-making costs more than everything else that a worker does: it goes through JSON letter by letter, as it
 * escapes the double quotes, which within single quotes need it in no SQL mode.
 */
import type { Parameter } from './database.ts';

/** What the driver escapes, and as it does, but for the double quote. */
const SPECIAL = /[\0\b\t\n\r\x1a'\\]/;
const ALL_SPECIAL = new RegExp(SPECIAL, 'g');
const ESCAPED: Readonly<Record<string, string>> = {
  ...{ '\0': '\\0', '\b': '\\b', '\t': '\\t', '\n': '\\n', '\r': '\\r', '\x1a': '\\Z', "'": "\\'", '\\': '\\\\' },
};

/** Bytes by their hex digits, which is how they are written anyway. */
export class Hex {
  readonly literal: string;

  /** @param digits pairs of hex digits, nothing else: they are not looked at again */
  constructor(digits: string) {
    this.literal = `x'${digits}'`;
  }
}

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
  if (typeof value === 'string') return `'${SPECIAL.test(value) ? escaped(value) : value}'`;
  if (value instanceof Hex) return value.literal;
  if (typeof value === 'object') return `x'${value.toString('hex')}'`;
  return String(value);
}

const escaped = (text: string) => text.replace(ALL_SPECIAL, (character) => ESCAPED[character] as string);

export function isList(value: Parameter): value is readonly Parameter[] {
  return Array.isArray(value);
}
