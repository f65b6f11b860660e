import { badParams, notFound } from '../shared/endpoint.ts';

/** Characters that a path has no need to hide; a proxy in front may decode them where we don't. */
const HIDDEN = /%(?:2e|2f|5c)/i;

/**
 * Refuses a path that could mean one thing to a proxy and another to us (reliability.md, d, row 36).
 * @throws Refusal 400 for NUL or what is no percent-encoding, 404 for doubled slashes and encoded dots and slashes
 */
export function guardPath(url: string): void {
  const end = url.indexOf('?');
  const path = end < 0 ? url : url.slice(0, end);
  if (!path.startsWith('/') || path.includes('//')) throw notFound();
  if (!path.includes('%')) return;
  if (path.includes('%00') || !isPercentEncoded(path)) throw badParams('/', 'is no valid path');
  if (HIDDEN.test(path)) throw notFound();
}

function isPercentEncoded(path: string): boolean {
  try {
    decodeURIComponent(path);
    return true;
  } catch {
    return false;
  }
}
