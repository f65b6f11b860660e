import type { ErrorObject } from 'ajv/dist/2020.js';

/** What is wrong with a value, as the error answers and the logs show it. */
export interface Fault {
  /** JSON Pointer (RFC 6901) of the value that is wrong; "/" is the whole. */
  path: string;
  message: string;
}

/**
 * The validator's errors in words for whoever wrote the value, one for each place. Pure.
 * @param errors from an Ajv with `verbose`, which hands the schema along
 */
export function faultsOf(errors: readonly ErrorObject[]): Fault[] {
  const faults = new Map<string, string>();
  for (const error of withoutNoise(errors)) {
    const path = pathOf(error);
    if (!faults.has(path)) faults.set(path, wordsFor(error));
  }
  return [...faults].map(([path, message]) => ({ path, message }));
}

/**
 * A union that fails brings the errors of each of its branches. Where a branch was meant, since the value has its type,
 * what is wrong in it is told; else only what the union takes.
 */
function withoutNoise(errors: readonly ErrorObject[]): ErrorObject[] {
  const dropped = new Set<ErrorObject>();
  for (const union of errors.filter(({ keyword }) => keyword === 'anyOf')) {
    const inner = errors.filter(({ schemaPath }) => schemaPath.startsWith(`${union.schemaPath}/`));
    const meant = inner.filter((error) => error.instancePath !== union.instancePath || !isAboutKind(error));
    for (const error of inner) if (!meant.includes(error)) dropped.add(error);
    if (meant.length > 0) dropped.add(union);
  }
  return errors.filter((error) => !dropped.has(error));
}

function isAboutKind({ keyword }: ErrorObject): boolean {
  return keyword === 'type' || keyword === 'const' || keyword === 'enum';
}

function pathOf({ keyword, instancePath, params }: ErrorObject): string {
  const names: Record<string, unknown> = {
    required: params['missingProperty'],
    additionalProperties: params['additionalProperty'],
  };
  const name = names[keyword];
  if (name === undefined) return instancePath || '/';
  return `${instancePath}/${String(name).replaceAll('~', '~0').replaceAll('/', '~1')}`;
}

type Schema = Readonly<Record<string, unknown>>;

function wordsFor({ keyword, params, schema, parentSchema = {}, message }: ErrorObject): string {
  const limit = String(params['limit']);
  switch (keyword) {
    case 'required':
      return 'is required';
    case 'additionalProperties':
      return 'is not a known field';
    case 'type':
    case 'const':
    case 'enum':
    case 'anyOf':
      return `must be ${either(kindsOf(parentSchema))}`;
    case 'minLength':
      return limit === '1' ? 'must not be empty' : `must have at least ${limit} characters`;
    case 'maxLength':
      return `must have at most ${limit} characters`;
    case 'minimum':
      return `must be at least ${limit}`;
    case 'maximum':
      return `must be at most ${limit}`;
    case 'pattern':
      return `must be ${formOf(String(schema), parentSchema)}`;
    case 'format':
      return `must be ${FORMATS[String(schema)] ?? `a ${String(schema)}`}`;
    default:
      return message ?? 'is wrong';
  }
}

const FORMATS: Readonly<Record<string, string>> = { 'date-time': 'a time as RFC 3339 writes it' };

const KINDS: Readonly<Record<string, readonly string[]>> = {
  string: ['a string'],
  number: ['a number'],
  integer: ['a whole number'],
  boolean: ['true', 'false'],
  object: ['an object'],
  array: ['a list'],
  null: ['null'],
};

/** What a schema takes, in words; a boolean that may also be spelt as a string is told once. */
function kindsOf(schema: Schema): readonly string[] {
  const { anyOf, const: only, enum: some, type } = schema;
  const kinds = Array.isArray(anyOf)
    ? (anyOf as Schema[]).flatMap(kindsOf)
    : Array.isArray(some)
      ? some.map(String)
      : only !== undefined
        ? [String(only)]
        : [type].flat().flatMap((one) => KINDS[String(one)] ?? []);
  return [...new Set(kinds)];
}

function either(kinds: readonly string[]): string {
  if (kinds.length > 2) return `one of ${kinds.join(', ')}`;
  return kinds.join(' or ') || 'something else';
}

export const UUID_PATTERN = '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$';

/** A pattern by what its schema says of itself, up to the first semicolon: nobody wants to read a regular expression. */
function formOf(pattern: string, { description }: Schema): string {
  if (pattern === UUID_PATTERN) return 'a UUID in lower case';
  const [told = ''] = String(description ?? '').split(/;|\.$/, 1);
  return told ? told.replace(/^An? /, (article) => article.toLowerCase()) : 'of another form';
}
