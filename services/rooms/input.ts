import { Type } from '@sinclair/typebox';
import { checkClientAmount, maximumSum } from '../../shared/amount.ts';
import { badParams } from '../../shared/endpoint.ts';
import { Uuid } from '../../shared/schema.ts';

/** What clients send, beyond what a schema can say. */
export const MAXIMUM_MESSAGE_CHARACTERS = 500;
export const MAXIMUM_NAME_CHARACTERS = 100;
/** A goal may be this many times what one donation may be. */
const LARGEST_GOAL_DONATIONS = 1_000n;

export const Flag = Type.Union([Type.Boolean(), Type.Literal('true'), Type.Literal('false')], {
  description: 'true or false, as a boolean or as a string.',
});
export const MessageText = Type.String({
  description: `1 to ${MAXIMUM_MESSAGE_CHARACTERS} characters (code points) after trimming.`,
});
export const NameText = Type.String({
  description: `1 to ${MAXIMUM_NAME_CHARACTERS} characters (code points) after trimming.`,
});
export const Sum = Type.Union([Type.Number(), Type.String({ maxLength: 32 })], {
  description: 'Above 0, with no more decimals than the currency has: a number or a decimal string.',
});
export const OwnerId = Type.Optional(
  Type.String({
    pattern: Uuid.pattern,
    description:
      "The room, by its owner's uuid. Required unless the token is a room token (claim `owner`), or its person a user who means their own room.",
  }),
);

export function readFlag(value: boolean | 'true' | 'false'): boolean {
  return value === true || value === 'true';
}

/** Trimmed; everything between stays as it is. @throws Refusal 400 */
export function readText(path: string, text: string, maximumCharacters: number): string {
  const trimmed = text.trim();
  const characters = [...trimmed].length;
  if (characters < 1 || characters > maximumCharacters) {
    throw badParams(path, `must have 1 to ${maximumCharacters} characters after trimming`);
  }
  return trimmed;
}

/** A donation's sum as the events say it, at most 1,000,000 of the currency. @throws Refusal 400 */
export function readSum(value: number | string, currency: string): string {
  return readAmount('/sum', value, currency, maximumSum(currency));
}

/** What a goal asks for, at most 1,000,000,000 of the currency. @throws Refusal 400 */
export function readRequireSum(value: number | string, currency: string): string {
  return readAmount('/require_sum', value, currency, maximumSum(currency) * LARGEST_GOAL_DONATIONS);
}

function readAmount(path: string, value: number | string, currency: string, maximum: bigint): string {
  const checked = checkClientAmount(value, currency, maximum);
  if ('fault' in checked) throw badParams(path, checked.fault);
  return checked.sum;
}
