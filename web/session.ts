import { createApi, isOutOfReach, OUT_OF_REACH, type Answer, type Api } from './api.ts';
import { decideRefused, decideRenewal, isUsable, readSession, sessionFrom, type Session } from './session-rules.ts';

/**
 * The session of the person who has signed in here, one for all tabs of this origin.
 *
 * It lies in localStorage. A refresh token there can be read by every script of this origin, and by no other; the
 * policy of the pages lets only scripts of this origin run, and no page makes markup out of text. In exchange tokens
 * travel in headers alone: there are no cookies, so no other site can have a browser send them.
 */
export interface SessionKeeper {
  /** Null: nobody is signed in. */
  current(): Session | null;
  /** Somebody has just signed in. */
  keep(session: Session): void;
  /** The session with a token that can be sent; renewed first where it ran out. Null: there is none, or no answer. */
  usable(): Promise<Session | null>;
  /** A server would not take this token: gives the one to try instead, or null where there is none. */
  instead(refused: string): Promise<Session | null>;
  /** Asks for a fresh token whatever the kept one says: what it is told about its person has changed. */
  anew(): Promise<Session | null>;
  /** Forgets the session, here and in the other tabs. */
  forget(): void;
  /** Called with each change, of this tab or another; `ended` where it was not the person who ended it. */
  onChange(listener: (session: Session | null, ended: boolean) => void): () => void;
}

/** What the keeper rests on; the browser's own, or a test's. */
export interface SessionParts {
  storage: Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>;
  /** POST /refresh-token. */
  refresh(refreshToken: string): Promise<Answer>;
  /** Runs one at a time over all tabs. */
  alone<T>(work: () => Promise<T>): Promise<T>;
  now(): number;
}

const KEY = 'rostra:session';
const LOOK_EVERY_MS = 5_000;
/** After a renewal that no answer came to. */
const REST_MS = 10_000;
/**
 * An answer that was lost may have used the token up. For ten seconds the server gives its successor again; after that it
 * takes whoever sends a used one for a thief, and ends the session. So all tries begin within seven seconds.
 */
const PATIENCE_MS = 2_500;
const PAUSES_MS = [500, 1_500];

/** The keeper without a browser: whoever makes it calls `look` now and then, and `heard` when another tab has written. */
export function createSessionKeeper({ storage, refresh, alone, now }: SessionParts) {
  const { current, write, tell, onChange } = createKept(storage);
  let asking: Promise<Session | null> | null = null;
  let restUntil = 0;
  /** @param isDue asked again once no other tab is renewing: it may have done so meanwhile */
  const renew = (isDue: (session: Session) => boolean): Promise<Session | null> => {
    asking ??= alone(async () => {
      const session = current();
      if (!session || !isDue(session)) return session;
      const answer = await refresh(session.refreshToken);
      const renewed = answer.ok ? sessionFrom(answer.body, now()) : null;
      // Somebody has signed out meanwhile, or in: what was asked for is nobody's.
      if (current()?.refreshToken !== session.refreshToken) return current();
      if (renewed) write(renewed);
      else if (!answer.ok && decideRefused(answer.failure.status) === 'ended') write(null, true);
      else restUntil = now() + REST_MS;
      return current();
    }).finally(() => {
      asking = null;
      tell(false);
    });
    return asking;
  };
  const isDueBy = (refused: string | null) => (session: Session) => decideRenewal(session, now(), refused) === 'fresh';
  return {
    current,
    keep: (session: Session) => write(session),
    async usable() {
      const session = current();
      if (!session || isUsable(session, now())) return session;
      const renewed = await renew(isDueBy(null));
      return renewed && isUsable(renewed, now()) ? renewed : null;
    },
    async instead(refused: string) {
      const session = await renew(isDueBy(refused));
      return session?.token === refused ? null : session;
    },
    anew: () => renew(() => true),
    forget: () => write(null),
    onChange,
    /** Renews what is due. Called every few seconds: a timer of minutes would sleep with its machine. */
    look() {
      if (now() >= restUntil && decideRenewal(current(), now()) === 'fresh') void renew(isDueBy(null));
    },
    heard: () => tell(false),
  };
}

type Listener = Parameters<SessionKeeper['onChange']>[0];

/** The stored session, which every tab reads anew at each look, and whoever wants to hear of its changes. */
function createKept(storage: SessionParts['storage']) {
  const listeners = new Set<Listener>();
  const current = () => readSession(storage.getItem(KEY));
  let told = current()?.token;
  const tell = (ended: boolean) => {
    const session = current();
    if (session?.token === told) return;
    told = session?.token;
    for (const listener of listeners) listener(session, ended);
  };
  const write = (session: Session | null, ended = false) => {
    if (session) storage.setItem(KEY, JSON.stringify(session));
    else storage.removeItem(KEY);
    tell(ended);
  };
  const onChange = (listener: Listener) => {
    listeners.add(listener);
    return () => void listeners.delete(listener);
  };
  return { current, write, tell, onChange };
}

/** The keeper of this browser, which renews by itself from now on. */
export function openSession(apiRoot: URL): SessionKeeper {
  const api = createApi(apiRoot, () => null, PATIENCE_MS);
  const keeper = createSessionKeeper({
    storage: localStorage,
    async refresh(refreshToken) {
      const ask = () => api.try('refresh-token', { refresh_token: refreshToken });
      let answer = await ask();
      for (const pauseMs of PAUSES_MS) {
        if (!isOutOfReach(answer)) return answer;
        await new Promise((resolve) => setTimeout(resolve, pauseMs));
        answer = await ask();
      }
      return answer;
    },
    // A page that was opened without TLS has no locks; there two tabs may ask at once.
    alone: (work) => (navigator.locks ? navigator.locks.request(KEY, work) : work()),
    now: Date.now,
  });
  addEventListener('storage', ({ key }) => (key === KEY || key === null) && keeper.heard());
  setInterval(keeper.look, LOOK_EVERY_MS);
  addEventListener('visibilitychange', keeper.look);
  keeper.look();
  return keeper;
}

/**
 * The routes as the signed-in person asks them: with a token that has not run out, and once more with a fresh one where
 * a server would not take it. The idempotency key stays the same.
 */
export function createSessionApi(apiRoot: URL, keeper: SessionKeeper): Api {
  const insist = async (call: (api: Api) => Promise<Answer>): Promise<Answer> => {
    const session = await keeper.usable();
    if (!session && keeper.current()) return { ok: false, failure: OUT_OF_REACH };
    const answer = await call(createApi(apiRoot, () => session?.token ?? null));
    if (answer.ok || answer.failure.status !== 401 || !session) return answer;
    const next = await keeper.instead(session.token);
    return next ? call(createApi(apiRoot, () => next.token)) : answer;
  };
  return {
    get: (path) => insist((api) => api.get(path)),
    once: (path, timeoutMs) => insist((api) => api.once(path, timeoutMs)),
    try: (path, body, method) => insist((api) => api.try(path, body, method)),
    post: (path, body, key) => insist((api) => api.post(path, body, key)),
    send: (method, path, body, key) => insist((api) => api.send(method, path, body, key)),
  };
}
