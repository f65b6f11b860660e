import type { Failure } from './api.ts';
import type { TokenFault } from './token.ts';

/** What failed and what to do, in the words of the person who sees it. */

/** @param subject what was being sent: "message", "donation", "goal" */
export function failureWords(failure: Failure, subject: string): string {
  switch (failure.status) {
    case 0:
      return `The server couldn’t be reached. Your ${subject} is kept: try again, it won’t be sent twice.`;
    case 400:
      return `The server didn’t accept this ${subject}${failure.detail ? `: ${failure.detail}.` : '.'}`;
    case 401:
      return 'Your sign-in has run out. Open the room again from the site.';
    case 402:
      return 'Your balance isn’t enough for this.';
    case 403:
      return `You aren’t allowed to send a ${subject} here.`;
    case 404:
      return 'This room doesn’t exist yet.';
    case 413:
      return `This ${subject} is too long.`;
    case 422:
      return `This ${subject} was already sent with other content. Write it anew.`;
    case 429:
      return `That was a lot at once. Try again in ${secondsWords(failure.retryAfterS ?? 10)}.`;
    case 502:
    case 503:
    case 504:
      return `The server is busy. Your ${subject} is kept: try again, it won’t be sent twice.`;
    default:
      return `Something went wrong on the server (${failure.status}). Try again in a moment.`;
  }
}

/** What is wrong with a token, and what to do. */
export function tokenFaultWords(fault: TokenFault): string {
  return TOKEN_FAULT_WORDS[fault];
}

const TOKEN_FAULT_WORDS: Record<TokenFault, string> = {
  missing: 'This room is open only to those who have a token: open it from the streaming site, or paste one here.',
  parts:
    'This token can’t be read: one has three parts with dots between them. Perhaps it was cut off while it was copied.',
  unreadable: 'This token can’t be read: it doesn’t say whose it is. Copy the whole of it anew.',
  expired: 'This token has run out. Get a fresh one from the streaming site.',
};

/** Why a donation was turned down; nothing was taken from the balance. */
export function rejectionWords(reason: string): string {
  const words =
    REJECTIONS[reason] ?? `The donation was turned down (${reason.replaceAll('_', ' ') || 'no reason given'}).`;
  return `${words} Nothing was taken from your balance.`;
}

const REJECTIONS: Record<string, string> = {
  insufficient_balance: 'Your balance isn’t enough for this donation.',
  blocked: 'One of the two accounts is blocked.',
  currency_differs: 'The streamer’s account is in another currency.',
  unknown_owner: 'This streamer can’t receive donations yet.',
  self_donation: 'You can’t donate to yourself.',
  expired: 'The donation could not be carried out in time.',
};

/** "a second", "40 seconds", "3 minutes". */
export function secondsWords(seconds: number): string {
  if (seconds >= 90) return `${Math.ceil(seconds / 60)} minutes`;
  return seconds === 1 ? 'a second' : `${seconds} seconds`;
}

/** What failed when an operator asked. */
export function opsFailureWords(failure: Failure): string {
  switch (failure.status) {
    case 0:
      return 'The server doesn’t answer: it is down, or the network to it.';
    case 400:
      return `The server didn’t accept this${failure.detail ? `: ${failure.detail}.` : '.'}`;
    case 401:
      return 'This token isn’t accepted any more. Paste another.';
    case 404:
      return 'There is no such thing, or this token lacks the scope ops.';
    case 429:
      return `Too many questions at once. Try again in ${secondsWords(failure.retryAfterS ?? 10)}.`;
    case 502:
    case 503:
    case 504:
      return 'What the server needs for this is out of reach. Try again in a moment.';
    default:
      return `The server answered ${failure.status}. Its log says why.`;
  }
}
