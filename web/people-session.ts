import type { Answer, Api } from './api.ts';
import { generalWords } from './account-words.ts';
import { string, type Json } from './frames.ts';
import { joinLists, readFound, readLists, type Lists } from './people-answers.ts';
import { initialPeople, reducePeople, wanted, type Act, type PeopleEvent, type PeopleState } from './people-state.ts';
import { actFailureWords, doneWords } from './people-words.ts';
import { repeat } from './repeat.ts';
import { newKey } from './room-actions.ts';
import { createStore, type Store } from './store.ts';

/** One person among the others: what the page asks for again and again, and what they can do. */
export interface PeopleSession {
  store: Store<PeopleState, PeopleEvent>;
  /** What stands in the search box. */
  search(text: string): void;
  /** The next page of what was found. */
  more(): Promise<void>;
  act(act: Act, uuid: string, name: string): Promise<void>;
  /** The same intention once more, under the same key. */
  again(uuid: string): Promise<void>;
}

const LISTS_EVERY_MS = 5_000;
const PATIENCE_MS = 8_000;
/** As long as somebody who types pauses between two letters. */
const TYPING_MS = 250;
const PAGE = 20;
/** Of relations, newest first; whoever has more than the pages hold sees the newest. */
const LISTS_PAGE = 100;
const LISTS_PAGES = 10;

export function startPeopleSession(api: Api): PeopleSession {
  const store = createStore<PeopleState, PeopleEvent>(initialPeople(), reducePeople);
  const lists = () => readAllLists(api, store);
  repeat(lists, LISTS_EVERY_MS);
  let timer = 0;
  const perform = async (key: string, act: Act, uuid: string, name: string) => {
    store.dispatch({ type: 'sending', intention: { key, act, uuid, name } });
    const answer = await send(api, act, uuid, key);
    if (answer.ok) store.dispatch({ type: 'done', key, news: doneWords(whatWasDone(act, answer.body), name) });
    else store.dispatch({ type: 'failed', key, words: actFailureWords(answer.failure, act, name) });
    await lists();
  };
  return {
    store,
    search(text) {
      store.dispatch({ type: 'search_typed', text });
      clearTimeout(timer);
      const asked = wanted({ text });
      if (asked) timer = setTimeout(() => void askSearch(api, store, asked, ''), TYPING_MS);
    },
    more: () => askSearch(api, store, store.state().search.foundFor, store.state().search.next),
    act: (act, uuid, name) => perform(newKey(), act, uuid, name),
    async again(uuid) {
      const failed = store.state().intentions.find((one) => one.uuid === uuid);
      if (failed) await perform(failed.key, failed.act, uuid, failed.name);
    },
  };
}

/** @returns whether asking again makes sense */
async function readAllLists(api: Api, store: PeopleSession['store']): Promise<boolean> {
  const askedAt = store.state().changes;
  let lists: Lists = readLists({});
  let next = '';
  for (let page = 0; page < LISTS_PAGES && (page === 0 || next !== ''); page += 1) {
    const answer = await api.once(`friends?limit=${LISTS_PAGE}${afterQuery(next)}`, PATIENCE_MS);
    if (!answer.ok) {
      store.dispatch({ type: 'lists_failed', words: generalWords(answer.failure) });
      return answer.failure.status !== 401;
    }
    lists = joinLists(lists, readLists(answer.body));
    next = string(answer.body.next);
  }
  store.dispatch({ type: 'lists_read', lists, askedAt });
  return true;
}

async function askSearch(api: Api, store: PeopleSession['store'], text: string, after: string): Promise<void> {
  const answer = await api.get(`users?search=${encodeURIComponent(text)}&limit=${PAGE}${afterQuery(after)}`);
  if (!answer.ok) return store.dispatch({ type: 'search_failed', text, words: generalWords(answer.failure) });
  const { body } = answer;
  store.dispatch({ type: 'search_read', text, after, found: readFound(body), next: string(body.next) });
}

/** Whoever asks somebody that has asked them already has agreed. */
function whatWasDone(act: Act, body: Json): Act {
  return act === 'request' && body.state === 'friends' ? 'accept' : act;
}

function afterQuery(after: string): string {
  return after && `&after=${encodeURIComponent(after)}`;
}

function send(api: Api, act: Act, uuid: string, key: string): Promise<Answer> {
  switch (act) {
    case 'request':
    case 'accept':
    case 'decline':
    case 'block':
      return api.post(act, { uuid }, key);
    case 'take-back':
    case 'remove':
      return api.send('DELETE', 'friend', { uuid }, key);
    case 'unblock':
      return api.send('DELETE', 'block', { uuid }, key);
  }
}
