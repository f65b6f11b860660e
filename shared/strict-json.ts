/**
 * JSON as a boundary may take it. `JSON.parse` keeps the last of two equal keys without a word and nests without end;
 * a body that says `{"sum":1,"sum":1000}` is refused here instead.
 */

const FORBIDDEN_KEYS = new Set(['__proto__', 'constructor', 'prototype']);

export class JsonError extends Error {}

/**
 * Parses JSON text.
 * @throws JsonError where the text is not JSON, nests deeper than `maximumDepth`, repeats a key within one object, has
 * a key that could reach a prototype, or holds a lone surrogate or NUL in a string
 */
export function parseStrictJson(text: string, maximumDepth = 16): unknown {
  assertDepth(text, maximumDepth);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new JsonError('is not JSON');
  }
  assertUniqueKeys(text);
  return value;
}

/** Depth is checked on the raw text first, so that nothing recursive ever sees a deep one. */
function assertDepth(text: string, maximumDepth: number): void {
  let depth = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === 0x22) at = endOfString(text, at);
    else if (code === 0x7b || code === 0x5b) {
      if (++depth > maximumDepth) throw new JsonError(`nests deeper than ${maximumDepth}`);
    } else if (code === 0x7d || code === 0x5d) depth--;
  }
}

/** Walks text that is known to be valid JSON; a string is a key when a colon follows it. */
function assertUniqueKeys(text: string): void {
  const open: (Set<string> | null)[] = [];
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === 0x7b) open.push(new Set());
    else if (code === 0x5b) open.push(null);
    else if (code === 0x7d || code === 0x5d) open.pop();
    else if (code === 0x22) {
      const end = endOfString(text, at);
      assertText(text, at, end, open.at(-1) ?? null);
      at = end;
    }
  }
}

function assertText(text: string, start: number, end: number, keys: Set<string> | null): void {
  const raw = text.slice(start + 1, end);
  const value = raw.includes('\\') ? (JSON.parse(text.slice(start, end + 1)) as string) : raw;
  if (value.includes('\0') || !value.isWellFormed()) throw new JsonError('has a character that cannot be stored');
  if (!keys || !isFollowedByColon(text, end + 1)) return;
  if (FORBIDDEN_KEYS.has(value)) throw new JsonError(`has the forbidden key ${JSON.stringify(value)}`);
  if (keys.has(value)) throw new JsonError(`has the key ${JSON.stringify(value)} twice`);
  keys.add(value);
}

function isFollowedByColon(text: string, from: number): boolean {
  let at = from;
  while (at < text.length && text.charCodeAt(at) <= 0x20) at++;
  return text.charCodeAt(at) === 0x3a;
}

/** Index of the quote that closes the string opened at `start`; the text's end where none does. */
function endOfString(text: string, start: number): number {
  let at = start + 1;
  while (at < text.length) {
    const code = text.charCodeAt(at);
    if (code === 0x22) return at;
    at += code === 0x5c ? 2 : 1;
  }
  return text.length;
}
