import { LISTS, type Found, type ListName, type Lists } from './people-answers.ts';

/** Everything that the page of people shows, and the one function that changes it. No DOM, no clock, no network. */

/** What one can do about another person. */
export type Act = 'request' | 'accept' | 'decline' | 'take-back' | 'remove' | 'block' | 'unblock';

/** What there is between oneself and another. */
export type Relation = 'self' | 'nothing' | ListName;

/** One thing that was asked for; every try of it carries the same key. */
export interface Intention {
  key: string;
  act: Act;
  uuid: string;
  name: string;
  state: 'sending' | 'failed';
  /** Why it failed, in the person's words. */
  words: string;
}

export interface Search {
  text: string;
  /** What was found is of this text; "" where nothing was asked for. */
  foundFor: string;
  found: readonly Found[];
  /** Where the next page begins; "" at the end. */
  next: string;
  /** Why the last question was not answered; "" where it was. */
  trouble: string;
}

export interface PeopleState {
  /** Null until they were read for the first time. */
  lists: Lists | null;
  /** Why the lists may be old; "" where they aren't. */
  trouble: string;
  /** How many changes of one's own there were: lists that were asked for before the last one show an older truth. */
  changes: number;
  search: Search;
  /** At most one for each other person. */
  intentions: readonly Intention[];
  /** The last thing that happened, for whoever doesn't see the lists. */
  news: string;
}

export type PeopleEvent =
  | { type: 'lists_read'; lists: Lists; askedAt: number }
  | { type: 'lists_failed'; words: string }
  | { type: 'search_typed'; text: string }
  | { type: 'search_read'; text: string; after: string; found: readonly Found[]; next: string }
  | { type: 'search_failed'; text: string; words: string }
  | { type: 'sending'; intention: Omit<Intention, 'state' | 'words'> }
  | { type: 'done'; key: string; news: string }
  | { type: 'failed'; key: string; words: string };

const NO_SEARCH: Search = { text: '', foundFor: '', found: [], next: '', trouble: '' };

export function initialPeople(): PeopleState {
  return { lists: null, trouble: '', changes: 0, search: NO_SEARCH, intentions: [], news: '' };
}

export function reducePeople(state: PeopleState, event: PeopleEvent): PeopleState {
  switch (event.type) {
    case 'lists_read':
      if (event.askedAt < state.changes) return state;
      return { ...state, lists: event.lists, trouble: '', news: newsOf(state.lists, event.lists) || state.news };
    case 'lists_failed':
      return { ...state, trouble: event.words };
    case 'search_typed':
      return { ...state, search: typed(state.search, event.text) };
    case 'search_read':
      return { ...state, search: read(state.search, event) };
    case 'search_failed':
      return event.text === wanted(state.search) ? withTrouble(state, event.words) : state;
    case 'sending':
      return { ...state, intentions: put(state.intentions, { ...event.intention, state: 'sending', words: '' }) };
    case 'done': {
      const intentions = state.intentions.filter(({ key }) => key !== event.key);
      return { ...state, intentions, news: event.news, changes: state.changes + 1 };
    }
    case 'failed':
      return { ...state, intentions: state.intentions.map((one) => (one.key === event.key ? fail(one, event) : one)) };
    default:
      return event satisfies never;
  }
}

/** What is asked for by what stands in the search box; "" for nothing. */
export function wanted({ text }: Pick<Search, 'text'>): string {
  return text.trim();
}

export function relationTo(lists: Lists | null, uuid: string, me: string): Relation {
  if (uuid === me) return 'self';
  return LISTS.find((name) => lists?.[name].some((one) => one.uuid === uuid)) ?? 'nothing';
}

/** What was found stays until something else is found, so that the page doesn't flicker while one types. */
function typed(search: Search, text: string): Search {
  return text.trim() === '' ? { ...NO_SEARCH, text } : { ...search, text, trouble: '' };
}

/** An answer to what is no longer asked is nobody's; a further page is added to the pages that it follows. */
function read(search: Search, { text, after, found, next }: Extract<PeopleEvent, { type: 'search_read' }>): Search {
  if (text !== wanted(search)) return search;
  if (after === '') return { ...search, foundFor: text, found, next, trouble: '' };
  if (search.foundFor !== text || search.next !== after) return search;
  const known = new Set(search.found.map(({ uuid }) => uuid));
  return { ...search, found: [...search.found, ...found.filter(({ uuid }) => !known.has(uuid))], next, trouble: '' };
}

function withTrouble(state: PeopleState, trouble: string): PeopleState {
  return { ...state, search: { ...state.search, trouble } };
}

/** A second try, or another wish, takes the place of what was asked of the same person before. */
function put(intentions: readonly Intention[], intention: Intention): readonly Intention[] {
  return [...intentions.filter(({ uuid }) => uuid !== intention.uuid), intention];
}

function fail(intention: Intention, { words }: { words: string }): Intention {
  return { ...intention, state: 'failed', words };
}

/** Only what others did: one's own deeds are told as they are done. */
function newsOf(before: Lists | null, now: Lists): string {
  if (!before) return '';
  const isNew = (name: ListName) => {
    const known = new Set(before[name].map(({ uuid }) => uuid));
    return now[name].filter(({ uuid }) => !known.has(uuid));
  };
  const asked = new Set(before.outgoing.map(({ uuid }) => uuid));
  return [
    ...isNew('incoming').map(({ name }) => `${name} asks to be your friend.`),
    ...isNew('friends').flatMap(({ uuid, name }) => (asked.has(uuid) ? [`${name} is your friend now.`] : [])),
  ].join(' ');
}
