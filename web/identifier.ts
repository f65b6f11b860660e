/** How a person names their account when they sign in, and where they go afterwards. */

export type Identifier = { phone: string } | { email: string } | { nickname: string };

/** By its form: a + begins a phone number, an @ makes it an e-mail address, all else is a nickname. */
export function identifierOf(typed: string): Identifier {
  const text = typed.trim();
  if (text.startsWith('+')) return { phone: plainPhone(text) };
  return text.includes('@') ? { email: text } : { nickname: text };
}

/** A phone number as it is sent, without what people write between its digits: "+49 (30) 1234-56" → "+4930123456". */
export function plainPhone(typed: string): string {
  return typed.replace(/[\s().\-/\u00a0\u2010-\u2015]/g, '');
}

/** Whether it can be a phone number with its country: E.164 has at most 15 digits, and no country begins with 0. */
export function isPhone(typed: string): boolean {
  return /^\+[1-9]\d{6,14}$/.test(plainPhone(typed));
}

/** Blanks, control characters and backslashes, which browsers drop or read as slashes. */
const UNSAFE = /[\u0000-\u0020\\\u007f]/;

/**
 * Where to go after signing in: a path of this origin, or null. Never another site's address, in whatever disguise: a
 * link that somebody else made must not lead there from our own sign-in.
 */
export function nextPath(asked: string | null): string | null {
  if (asked === null || !asked.startsWith('/') || asked.startsWith('//') || UNSAFE.test(asked)) return null;
  const base = 'https://here.invalid';
  return URL.canParse(asked, base) && new URL(asked, base).origin === base ? asked : null;
}
