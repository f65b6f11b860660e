import { createApi, type Api, type Failure } from './api.ts';
import { readLetters, readRoomPage, readStatus, type Letter, type RoomRecord } from './ops-answers.ts';
import { initialOpsState, reduceOps, type OpsEvent, type OpsState } from './ops-state.ts';
import { repeat } from './repeat.ts';
import { newKey } from './room-actions.ts';
import { createStore, type Store } from './store.ts';

/** One operator with one token: what the page asks for again and again, and what they can do. */
export interface OpsSession {
  store: Store<OpsState, OpsEvent>;
  retry(letter: Letter): Promise<void>;
  readLetters(): Promise<unknown>;
  readRoom(ownerId: string, after: string): Promise<RoomAnswer>;
  stop(): void;
}

export type RoomAnswer = { ok: true; events: RoomRecord[]; next: string } | { ok: false; failure: Failure };

const STATUS_EVERY_MS = 3_000;
const STATUS_PATIENCE_MS = 6_000;
/** To read dead letters the server joins a group, which a broker may delay by seconds; it gives up after 20 s. */
const PATIENCE_MS = 25_000;
/** A reading of the whole topic's end, so not as often. */
const LETTERS_EVERY_MS = 15_000;
const LETTERS_LIMIT = 100;
const ROOM_EVENTS_LIMIT = 50;
/** How long a record that was given back needs to be set aside again, should its cause still be there. */
const SECOND_FAILURE_MS = 2_500;

export function startOpsSession(apiRoot: URL, token: string): OpsSession {
  const store = createStore<OpsState, OpsEvent>(initialOpsState(), reduceOps);
  const api = createApi(apiRoot, () => token, PATIENCE_MS);
  const lettersNow = () => askLetters(api, store);
  const status = repeat(() => askStatus(api, store), STATUS_EVERY_MS);
  const letters = repeat(lettersNow, LETTERS_EVERY_MS);
  return {
    store,
    readLetters: lettersNow,
    async retry({ id }) {
      store.dispatch({ type: 'retry_changed', id, retry: { state: 'sending' } });
      const answer = await api.post(`ops/dead-letters/${encodeURIComponent(id)}/retry`, null, newKey());
      const retry = answer.ok
        ? ({ state: 'given-back', at: Date.now() } as const)
        : ({ state: 'failed', failure: answer.failure } as const);
      store.dispatch({ type: 'retry_changed', id, retry });
      await lettersNow();
      setTimeout(() => void lettersNow(), SECOND_FAILURE_MS);
    },
    async readRoom(ownerId, after) {
      const page = `limit=${ROOM_EVENTS_LIMIT}${after && `&after=${encodeURIComponent(after)}`}`;
      const answer = await api.get(`ops/room/${encodeURIComponent(ownerId)}/events?${page}`);
      return answer.ok ? { ok: true, ...readRoomPage(answer.body) } : answer;
    },
    stop() {
      status.stop();
      letters.stop();
    },
  };
}

async function askStatus(api: Api, store: Store<OpsState, OpsEvent>): Promise<boolean> {
  const answer = await api.once('ops/status', STATUS_PATIENCE_MS);
  if (answer.ok) store.dispatch({ type: 'status_read', status: readStatus(answer.body), at: Date.now() });
  else store.dispatch({ type: 'status_failed', failure: answer.failure });
  return isWorthRepeating(answer.ok ? 200 : answer.failure.status);
}

async function askLetters(api: Api, store: Store<OpsState, OpsEvent>): Promise<boolean> {
  const answer = await api.once(`ops/dead-letters?limit=${LETTERS_LIMIT}`, PATIENCE_MS);
  if (answer.ok) store.dispatch({ type: 'letters_read', letters: readLetters(answer.body) });
  else store.dispatch({ type: 'letters_failed', failure: answer.failure });
  return isWorthRepeating(answer.ok ? 200 : answer.failure.status);
}

/** A token that is refused once is refused each time. */
function isWorthRepeating(status: number): boolean {
  return status !== 401 && status !== 404;
}
