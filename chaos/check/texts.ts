import type { Request } from '../history.ts';
import { violations, type Violations } from './violations.ts';

/** What the load lets people write: a message or a donation's comment, which ends in the key of its request. */
const WRITTEN = /\b(?:message|comment) [\w-]+/g;
const NONE: readonly string[] = [];

/** What people have written of that which a frame's JSON text holds, in whichever of its fields. */
export function textsIn(body: string): readonly string[] {
  return body.match(WRITTEN) ?? NONE;
}

/**
 * I11: what was written in private stands in nothing that is for everybody. Of a donation that is its comment alone: that
 * it was given, and its sum, is for the room.
 * @param texts what is for everybody, with the id of where it stands
 */
export function checkTexts(
  requests: readonly Request[],
  texts: Iterable<readonly [text: string, id: string]>,
  where: string,
): Violations {
  const secret = new Set(requests.flatMap((request) => (request.isPrivate ? [textOf(request)] : [])));
  const ids = [...texts].flatMap(([text, id]) => (secret.has(text) ? [id] : []));
  return violations('I11', `private texts in public ${where}`, [...new Set(ids)]);
}

function textOf({ kind, key }: Request): string {
  return `${kind === 'donation' ? 'comment' : 'message'} ${key}`;
}
