import { badParams } from '../../shared/endpoint.ts';
import { MAXIMUM_NICKNAME_CHARACTERS } from '../../shared/nickname.ts';

/** The search by nickname: what is asked of the database, and where a page ended. */
export const ESCAPE = '!';
export const MAXIMUM_PAGE_PEOPLE = 100;

/** A pattern for LIKE … ESCAPE '!' that finds what begins with this text, whatever characters it has. */
export function prefixPattern(text: string): string {
  return `${text.replaceAll(/[!%_]/g, `${ESCAPE}$&`)}%`;
}

/** No two nicknames are equal in the order in which they are listed: one alone says where a page ended. */
export function writeCursor(nickname: string): string {
  return Buffer.from(nickname).toString('base64url');
}

/** @returns null at the beginning @throws Refusal 400 */
export function readCursor(text: string): string | null {
  if (text === '') return null;
  const nickname = Buffer.from(text, 'base64url').toString();
  const isOurs = writeCursor(nickname) === text && [...nickname].length <= MAXIMUM_NICKNAME_CHARACTERS;
  if (!isOurs) throw badParams('/after', 'is no cursor of this list');
  return nickname;
}
