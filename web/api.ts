import { isObject, string, type Json } from './frames.ts';

/** The HTTP routes, asked with bounded patience; an answer is a value, never an exception. */

export interface Failure {
  /** 0 where no answer came at all. */
  status: number;
  retryAfterS: number | null;
  /** What the server found wrong with a field, where it says so. */
  detail: string;
  /** Which field that is, "" where it names none. */
  field: string;
}

export type Answer = { ok: true; body: Json } | { ok: false; failure: Failure };

export interface Api {
  /** Tries again by itself where the server is out of reach, as `post` does. */
  get(path: string): Promise<Answer>;
  /** One try, for what is asked again and again anyway. */
  once(path: string, timeoutMs: number): Promise<Answer>;
  /** A POST with one try and no key, for what works once: a code, or a refresh token. `body` as for `post`. */
  try(path: string, body: Json | null, method?: 'PUT'): Promise<Answer>;
  /** Every try carries the same key: one intention has one effect. `body` is null for a route that takes none. */
  post(path: string, body: Json | null, key: string): Promise<Answer>;
  /** As `post`, by another method. */
  send(method: 'PUT' | 'DELETE', path: string, body: Json | null, key: string): Promise<Answer>;
}

/** What a call is answered with where no answer came at all. */
export const OUT_OF_REACH: Failure = { status: 0, retryAfterS: null, detail: '', field: '' };

const TIMEOUT_MS = 10_000;
const TRIES = 3;
const LONGEST_PAUSE_MS = 8_000;

/**
 * @param tokenNow asked at each call, since a person may sign in anew while the page is open
 * @param patienceMs how long a try may take
 */
export function createApi(root: URL, tokenNow: () => string | null, patienceMs = TIMEOUT_MS): Api {
  const ask = async (path: string, init: RequestInit, timeoutMs = patienceMs): Promise<Answer> => {
    try {
      const token = tokenNow();
      const headers = { ...init.headers, ...(token && { Authorization: `Bearer ${token}` }) };
      const signal = AbortSignal.timeout(timeoutMs);
      return await readAnswer(await fetch(new URL(path, root), { ...init, headers, signal, cache: 'no-store' }));
    } catch {
      return { ok: false, failure: OUT_OF_REACH };
    }
  };
  const insist = async (path: string, init: RequestInit): Promise<Answer> => {
    let answer = await ask(path, init);
    for (let tries = 1; tries < TRIES && isOutOfReach(answer); tries += 1) {
      await pause(answer, tries);
      answer = await ask(path, init);
    }
    return answer;
  };
  const send = (method: string, path: string, body: Json | null, key: string) => {
    const { headers, ...rest } = content(body);
    return insist(path, { method, ...rest, headers: { ...headers, 'Idempotency-Key': key } });
  };
  return {
    get: (path) => insist(path, {}),
    once: (path, timeoutMs) => ask(path, {}, timeoutMs),
    try: (path, body, method) => ask(path, { method: method ?? 'POST', ...content(body) }),
    post: (path, body, key) => send('POST', path, body, key),
    send,
  };
}

function content(body: Json | null): { headers?: Record<string, string>; body?: string } {
  return body === null ? {} : { headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) };
}

async function readAnswer(response: Response): Promise<Answer> {
  const json: unknown = await response.json().catch(() => null);
  const body = isObject(json) ? json : {};
  if (response.ok) return { ok: true, body };
  const first: unknown = Array.isArray(body.errors) ? body.errors[0] : null;
  const field = isObject(first) ? string(first.path).replace(/^\//, '') : '';
  const detail = isObject(first) ? `${field} ${string(first.message)}`.trim() : '';
  const seconds = Number.parseInt(response.headers.get('Retry-After') ?? '', 10);
  const retryAfterS = Number.isFinite(seconds) ? seconds : null;
  return { ok: false, failure: { status: response.status, retryAfterS, detail, field } };
}

/** Nobody said what became of the call. */
export function isOutOfReach(answer: Answer): answer is { ok: false; failure: Failure } {
  return !answer.ok && [0, 502, 503, 504].includes(answer.failure.status);
}

/** As long as the server asked for, within our own limit; the random part keeps many pages from asking in step. */
function pause(answer: Answer, tries: number): Promise<void> {
  const asked = answer.ok ? 0 : (answer.failure.retryAfterS ?? tries) * 1000;
  const delay = Math.min(asked, LONGEST_PAUSE_MS) + Math.random() * 500;
  return new Promise((resolve) => setTimeout(resolve, delay));
}
