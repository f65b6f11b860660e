import { LONGEST_PASSWORD, SHORTEST_PASSWORD } from './accounts.ts';
import type { Failure } from './api.ts';
import { characters } from './format.ts';
import { isPhone } from './identifier.ts';
import { secondsWords } from './words.ts';

/** What is said of accounts, profiles and friends: rules, refusals, and what to do about them. */

export const PASSWORD_RULE = `At least ${SHORTEST_PASSWORD} characters, all of them yours to choose; nothing that many people use, like “password1”.`;
export const RESET_ASKED =
  'If there is such an account, a message is on its way to it. What it says works for half an hour.';
export const OAUTH_NEEDS_TLS = 'Signing in by another site needs a page that was opened by https.';

/** What somebody was doing when a call was refused. */
export type Deed =
  'sign-in' | 'sign-up' | 'oauth' | 'reset' | 'new-password' | 'password' | 'profile' | 'room' | 'leave';

/** What went wrong with an account, and what to do. */
export function accountFailureWords(failure: Failure, deed: Deed): string {
  const own = OWN_WORDS[deed][failure.status];
  if (own) return own;
  switch (failure.status) {
    case 409:
      return takenWords(failure);
    case 400:
    case 422:
      return fieldWords(failure);
    case 404:
      return 'There is no such thing any more. Load the page again.';
    default:
      return generalWords(failure);
  }
}

/** What any call can meet. */
export function generalWords(failure: Failure): string {
  switch (failure.status) {
    case 0:
      return 'The server couldn’t be reached. Nothing is lost: try again in a moment.';
    case 401:
      return 'Your sign-in has ended. Sign in again.';
    case 403:
      return 'You aren’t allowed to do this.';
    case 429:
      return `That was a lot at once. Try again in ${secondsWords(failure.retryAfterS ?? 10)}.`;
    case 502:
    case 503:
    case 504:
      return 'The server is busy. Nothing is lost: try again in a moment.';
    default:
      return `Something went wrong on the server (${failure.status}). Try again in a moment.`;
  }
}

const WRONG_PASSWORD = 'This isn’t your password.';
const UNANSWERED = 'There was no answer. It may be changed all the same: try to sign in with the new one.';
const OUTWORN_LINK = 'This link has been used, or is too old. Ask for another one.';
const SIGN_IN_AFRESH = 'Signing in there took too long, or was begun in another tab. Begin again.';

const OWN_WORDS: Record<Deed, Readonly<Record<number, string>>> = {
  // One sentence for both: who has an account here is nobody else's business.
  'sign-in': {
    400: 'The name or the password is wrong.',
    401: 'The name or the password is wrong.',
    403: 'This account is blocked.',
  },
  'sign-up': {},
  oauth: {
    400: SIGN_IN_AFRESH,
    401: SIGN_IN_AFRESH,
    404: 'This way of signing in isn’t offered any more.',
    409: 'There is an account with your e-mail address already. Sign in with its password.',
  },
  reset: {},
  'new-password': { 401: OUTWORN_LINK, 403: OUTWORN_LINK, 404: OUTWORN_LINK },
  password: { 0: UNANSWERED, 403: WRONG_PASSWORD, 503: UNANSWERED },
  profile: { 409: 'This nickname is taken. Choose another.' },
  room: {},
  leave: { 403: WRONG_PASSWORD },
};

const FIELD_NAMES: Readonly<Record<string, string>> = {
  phone: 'phone number',
  email: 'e-mail address',
  nickname: 'nickname',
};

function takenWords({ field }: Failure): string {
  const name = FIELD_NAMES[field];
  return name ? `This ${name} is taken. Choose another, or sign in if it is yours.` : 'This is taken already.';
}

/** A password is the only field whose refusal has causes that its form can't see. */
function fieldWords({ field, detail }: Failure): string {
  if (field === 'phone') return PHONE_WORDS;
  if (field === 'email') return EMAIL_WORDS;
  if (/password/.test(field)) return 'This password is too easy to guess. Choose one that nobody else would.';
  if (field === 'token') return OUTWORN_LINK;
  return detail ? `The server didn’t accept this: ${detail}.` : 'The server didn’t accept this.';
}

const PHONE_WORDS = 'Write the phone number with its country, like +1 202 555 0142.';
const EMAIL_WORDS = 'This can’t be an e-mail address. Leave it empty if you have none.';

export function phoneProblem(typed: string): string {
  return isPhone(typed) ? '' : PHONE_WORDS;
}

export function passwordProblem(typed: string): string {
  const length = characters(typed);
  if (length < SHORTEST_PASSWORD) return `A password has at least ${SHORTEST_PASSWORD} characters.`;
  return length > LONGEST_PASSWORD ? `A password has at most ${LONGEST_PASSWORD} characters.` : '';
}

export function emailProblem(typed: string): string {
  return typed === '' || /^[^\s@]+@[^\s@]+$/.test(typed) ? '' : EMAIL_WORDS;
}
