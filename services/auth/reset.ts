import type { Mail } from './mail.ts';

/** The rules of a password that is set anew by mail, and what the mail says. */

export const RESET_LIFETIME_MINUTES = 30;

/** A token that was sent, as it is kept. */
export interface StoredReset {
  readonly accountId: string;
  readonly expiresAt: Date;
  /** The call that has used it; null: nobody has. */
  readonly requestId: string | null;
}

/**
 * What a call with this token is: `fresh`, the one that uses it; `repeat`, the same call again; `unknown` in every other
 * case, since whoever has no right to a token is told nothing about it.
 */
export function decideConfirm(
  stored: StoredReset | null,
  requestId: string,
  now: Date,
): 'fresh' | 'repeat' | 'unknown' {
  if (!stored || stored.expiresAt.getTime() <= now.getTime()) return 'unknown';
  if (stored.requestId === null) return 'fresh';
  return stored.requestId === requestId ? 'repeat' : 'unknown';
}

/** To one address at most so many mails within this time: whoever knows it cannot fill somebody's inbox. */
export const MAIL_LIMIT = 20;
export const MAIL_LIMIT_MS = 3_600_000;
/** Between two mails to one address. */
export const MAIL_SPACING_MS = 60_000;

/** A mail that went to an address, or is on its way there. */
export interface SentMail {
  /** Of the wish: its retries are the same mail. */
  readonly id: string;
  /** Of its latest try. */
  readonly issuedAt: Date;
}

/**
 * Whether a mail may go to an address now. One that was let through before may be tried again.
 * @param earlier those to the same address, of the last hour at least
 */
export function decideMail(earlier: readonly SentMail[], id: string, now: Date): 'send' | 'withhold' {
  if (earlier.some((mail) => mail.id === id)) return 'send';
  const agesMs = earlier.map(({ issuedAt }) => now.getTime() - issuedAt.getTime());
  if (agesMs.some((ms) => ms < MAIL_SPACING_MS)) return 'withhold';
  return agesMs.filter((ms) => ms < MAIL_LIMIT_MS).length < MAIL_LIMIT ? 'send' : 'withhold';
}

/** The page where a new password is typed. The token stands behind the #, which browsers keep to themselves. */
const PAGE = '/sign-in#reset=';

/** @param publicUrl where people reach the pages; null: the mail has the token alone */
export function resetMail(to: string, token: string, publicUrl: string | null): Mail {
  const way =
    publicUrl === null
      ? ['To choose a new password, enter this code where you asked for it:', '', token]
      : ['To choose a new password, open this page:', '', `${publicUrl}${PAGE}${token}`];
  const text = [
    'Hello,',
    '',
    'somebody, probably you, has asked for a new password for your account.',
    '',
    ...way,
    '',
    `It works once, within ${RESET_LIFETIME_MINUTES} minutes. Your old password stays as it is until then.`,
    'If it was not you, you need do nothing.',
    '',
  ];
  return { to, subject: 'Your new password', text: text.join('\n') };
}
