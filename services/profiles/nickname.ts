import { MAXIMUM_NICKNAME_CHARACTERS } from '../../shared/nickname.ts';

/** How much of a uuid's end tells two people of one nickname apart: most often the first does. */
const SUFFIX_DIGITS = [4, 8, 12, 24];
/** What joined the last character to one that is cut off, or made a key of a digit, has nothing to show any more. */
const CUT_OFF = /[\u200C\u200D]$|(?<=[0-9#*])\uFE0F$/u;

/**
 * The nicknames that a person may begin with, best first: the one they registered, and, since that may have been taken
 * meanwhile, the same with an end of their uuid.
 * @param registered as auth knows it
 */
export function firstNicknames(registered: string, uuid: string): readonly [string, ...string[]] {
  const digits = uuid.replaceAll('-', '');
  const characters = [...(registered || 'person')];
  const endingIn = (suffix: string) =>
    characters
      .slice(0, MAXIMUM_NICKNAME_CHARACTERS - suffix.length)
      .join('')
      .replace(CUT_OFF, '') + suffix;
  return [endingIn(''), ...SUFFIX_DIGITS.map((length) => endingIn(`-${digits.slice(-length)}`))];
}
