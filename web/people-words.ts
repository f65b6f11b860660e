import { generalWords } from './account-words.ts';
import type { Failure } from './api.ts';
import type { ListName } from './people-answers.ts';
import type { Act, Relation } from './people-state.ts';

/** What the page of people says of what was done, and of what could not be. */

/** What has been done. */
export function doneWords(act: Act, name: string): string {
  switch (act) {
    case 'request':
      return `You have asked ${name} to be your friend.`;
    case 'accept':
      return `${name} is your friend now.`;
    case 'decline':
      return `You have declined ${name}’s request.`;
    case 'take-back':
      return `You have taken your request to ${name} back.`;
    case 'remove':
      return `${name} is no longer your friend.`;
    case 'block':
      return `You have blocked ${name}.`;
    case 'unblock':
      return `You have unblocked ${name}.`;
    default:
      return act satisfies never;
  }
}

/** What could not be done to `name`, and why. */
export function actFailureWords(failure: Failure, act: Act, name: string): string {
  switch (failure.status) {
    case 400:
      return 'This can’t be done with yourself.';
    case 403:
      return act === 'request' ? `${name} takes no request of yours.` : 'You aren’t allowed to do this.';
    case 404:
      return GONE[act] ?? `There is nobody called ${name} here any more.`;
    case 409:
      return act === 'request'
        ? `There is something between you and ${name} already.`
        : 'Things have changed meanwhile.';
    case 422:
      return 'This was already done with other content. Begin anew.';
    default:
      return generalWords(failure);
  }
}

const GONE: Partial<Record<Act, string>> = {
  accept: 'This request is there no longer.',
  decline: 'This request is there no longer.',
  'take-back': 'This request is there no longer.',
  remove: 'You aren’t friends any longer.',
  unblock: 'This block is there no longer.',
};

export const LIST_TITLES: Record<ListName, string> = {
  incoming: 'Requests to you',
  outgoing: 'Requests you sent',
  friends: 'Friends',
  blocked: 'Blocked',
};

export const LIST_EMPTY: Record<ListName, string> = {
  incoming: '',
  outgoing: '',
  friends: 'Nobody yet. Search for somebody above, and ask them.',
  blocked: '',
};

/** @param day as this browser writes it; "" where it isn't known */
export function sinceWords(list: ListName, day: string): string {
  if (day === '') return '';
  return list === 'friends' || list === 'blocked' ? `since ${day}` : day;
}

/** Of a person whose account is not as it was. */
export const STATUS_WORDS: Readonly<Record<string, string>> = {
  blocked: 'This account is blocked.',
  deleted: 'This account was deleted.',
};

export const ACT_LABELS: Record<Act, string> = {
  request: 'Ask to be friends',
  accept: 'Accept',
  decline: 'Decline',
  'take-back': 'Take back',
  remove: 'Remove from friends',
  block: 'Block',
  unblock: 'Unblock',
};

export const QUESTIONS: Partial<Record<Act, (name: string) => string>> = {
  remove: (name) => `Really remove ${name}?`,
  block: (name) => `Really block ${name}?`,
};

/** What there is between oneself and somebody whom a search found. */
export const RELATION_WORDS: Record<Relation, string> = {
  self: 'You',
  nothing: '',
  incoming: 'Asks you',
  outgoing: 'Asked',
  friends: 'Friend',
  blocked: 'Blocked',
};
