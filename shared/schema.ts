import { type Static, type TSchema, Type } from '@sinclair/typebox';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { type Fault, faultsOf, UUID_PATTERN } from './schema-faults.ts';

export type { Fault } from './schema-faults.ts';

/**
 * One schema serves the validator, the TypeScript type and the published documents.
 * Lengths count code points, as JSON Schema says; `maxLength` needs no help for emoji.
 */
const ajv = new Ajv2020({
  strict: true,
  allErrors: false,
  unicodeRegExp: true,
  allowUnionTypes: true,
  // An error bears its schema, from which faultsOf takes its words.
  verbose: true,
});
addFormats.default(ajv, ['uuid', 'date-time']);

export type Validator<T> = (value: unknown) => { ok: true; value: T } | { ok: false; faults: Fault[] };

/** Compiles a schema once, at start-up. */
export function compile<S extends TSchema>(schema: S): Validator<Static<S>> {
  const validate: ValidateFunction = ajv.compile(schema);
  return (value) =>
    validate(value) ? { ok: true, value: value as Static<S> } : { ok: false, faults: faultsOf(validate.errors ?? []) };
}

/** Objects refuse fields that they don't know. */
export function closed<P extends Parameters<typeof Type.Object>[0]>(properties: P, options: object = {}) {
  return Type.Object(properties, { additionalProperties: false, ...options });
}

export const Uuid = Type.String({
  pattern: UUID_PATTERN,
  description: 'A UUID in lower case.',
});
export const Timestamp = Type.String({
  format: 'date-time',
  description: 'RFC 3339, UTC, milliseconds or finer.',
});
export const Amount = Type.String({
  pattern: '^-?(0|[1-9][0-9]*)(\\.[0-9]{1,4})?$',
  description: 'A decimal string of the currency, e.g. "15.50".',
});
export const Currency = Type.String({ pattern: '^[A-Z]{3}$', description: 'ISO 4217 code.' });
export const Version = Type.Integer({ minimum: 0, description: 'Only grows; of two, the higher is newer.' });
/** How long a page of a list is to be, as a query says it. */
export const PageLimit = Type.String({ pattern: '^([1-9][0-9]?|100)$', description: '1 to 100; 50 unless given.' });
/** Who did something, as events and frames name them. */
export const Person = Type.Object({
  uuid: Uuid,
  type: Type.Union([Type.Literal('user'), Type.Literal('client')]),
  name: Type.String({ maxLength: 100 }),
});
export type Person = Static<typeof Person>;
