import { badParams } from '../../shared/endpoint.ts';
import { isUuid } from '../../shared/ids.ts';
import type { PersonStatus } from './person.ts';
import type { Relation, RelationsPage } from './questions.ts';

/** One line of a person's relations: the other, and which of the four lists they stand in. */
export interface RelationLine {
  readonly list: 'friends' | 'incoming' | 'outgoing' | 'blocked';
  readonly uuid: string;
  readonly name: string;
  readonly status: PersonStatus;
  /** RFC 3339; written in whole milliseconds. */
  readonly since: string;
}

/** Where a page ended: the time and the other of its last line. */
export interface Place {
  readonly atMs: number;
  readonly uuid: string;
}

/** Sorts the first `limit` lines into their lists. @param lines one more than the page holds, where there are more */
export function toPage(lines: readonly RelationLine[], limit: number): RelationsPage {
  const page = lines.slice(0, limit);
  const last = page.at(-1);
  const listed = (list: RelationLine['list']) => page.filter((line) => line.list === list).map(toRelation);
  return {
    friends: listed('friends'),
    incoming: listed('incoming'),
    outgoing: listed('outgoing'),
    blocked: listed('blocked'),
    next: last && lines.length > limit ? writeCursor({ atMs: Date.parse(last.since), uuid: last.uuid }) : '',
  };
}

function toRelation({ uuid, name, status, since }: RelationLine): Relation {
  return { uuid, name, status: status === 'active' ? '' : status, since };
}

function writeCursor({ atMs, uuid }: Place): string {
  return Buffer.from(`${atMs}.${uuid}`).toString('base64url');
}

/** @param text "" for the newest. @throws Refusal 400 */
export function readCursor(text: string): Place | null {
  if (text === '') return null;
  const [at = '', uuid] = Buffer.from(text, 'base64url').toString().split('.');
  if (!/^[0-9]{1,13}$/.test(at) || !isUuid(uuid)) throw badParams('/after', 'is no cursor of this list');
  return { atMs: Number(at), uuid };
}
