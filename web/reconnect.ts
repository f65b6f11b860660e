/** What a closed socket means to the person, and how long to wait before the next try. */

export interface ClosedAdvice {
  reason: string;
  advice: string;
  /** Whether the page tries again by itself; otherwise the person must do something first. */
  isAutomatic: boolean;
  /** What the button offers where the page stays closed. */
  offer: 'reconnect' | 'sign-in' | 'reload';
}

const SHORTEST_MS = 500;
const LONGEST_MS = 30_000;

/** Full jitter between 0.5 s and a ceiling that doubles to 30 s, so that a thousand viewers don't return at once. */
export function reconnectDelayMs(attempt: number, random: number): number {
  const ceiling = Math.min(LONGEST_MS, SHORTEST_MS * 2 ** Math.min(attempt + 1, 10));
  return Math.round(SHORTEST_MS + random * (ceiling - SHORTEST_MS));
}

/** Whose word the page rests on: a token of the streaming site's, or a person who signs in here. */
export type SignedInBy = 'token' | 'account';

/** @param by makes a difference to the words alone */
export function closedAdvice(code: number, by: SignedInBy = 'token'): ClosedAdvice {
  return { ...adviceOf(code), ...(by === 'account' && ACCOUNT_WORDS[code]) };
}

const ACCOUNT_WORDS: Readonly<Record<number, Pick<ClosedAdvice, 'reason' | 'advice'>>> = {
  4401: { reason: 'You are no longer signed in.', advice: 'Sign in again to go on.' },
  4403: { reason: 'You aren’t allowed in this room.', advice: 'It isn’t open to you.' },
};

function adviceOf(code: number): ClosedAdvice {
  switch (code) {
    case 4400:
    case 1009:
      return stay('This page and the server don’t understand each other.', 'Load the page again.', 'reload');
    case 4401:
      return stay('Your sign-in has run out.', 'Open the room again from the site, or give a fresh token.', 'sign-in');
    case 4403:
      return stay(
        'You aren’t allowed in this room.',
        'Your token opens another room. Open this one from the site, or give a token for it.',
        'sign-in',
      );
    case 4404:
      return stay(
        'There is no such room.',
        'Check the address, or wait until the streamer has opened the room.',
        'reconnect',
      );
    case 4430:
      return stay(
        'You have this open in too many places.',
        'Close another tab or device, then connect again.',
        'reconnect',
      );
    case 4408:
      return again('Your connection couldn’t keep up.', 'What you missed follows as soon as you are back.');
    case 4429:
      return again('This page sent too much at once.', 'It slows down and comes back by itself.');
    case 1001:
      return again('The server is being restarted.', 'You are back in a moment, and miss nothing.');
    default:
      return again('The connection was lost.', 'What you write is kept until it is back.');
  }
}

/**
 * The code where there is nothing to show but why: the room is forbidden or isn't there, or this page never saw it.
 * Otherwise what was read, and what is half written, stays while its person signs in anew.
 */
export function shutCode(code: number, wasSeen: boolean): number | null {
  return code === 4403 || code === 4404 || !wasSeen ? code : null;
}

function stay(reason: string, advice: string, offer: ClosedAdvice['offer']): ClosedAdvice {
  return { reason, advice, offer, isAutomatic: false };
}

function again(reason: string, advice: string): ClosedAdvice {
  return { reason, advice, offer: 'reconnect', isAutomatic: true };
}
