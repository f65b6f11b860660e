import { isObject, string, type Json } from './frames.ts';

/** What the routes of people answer, read at the edge into the shapes that the page trusts. */

/** Somebody whom a search found. */
export interface Found {
  uuid: string;
  name: string;
  about: string;
}

/** Somebody with whom there is something: a friendship, a request, a block. */
export interface Related {
  uuid: string;
  name: string;
  /** `blocked` by an operator, or `deleted`; else "". */
  status: string;
  /** RFC 3339, or "". */
  since: string;
}

export const LISTS = ['incoming', 'outgoing', 'friends', 'blocked'] as const;
export type ListName = (typeof LISTS)[number];
export type Lists = Record<ListName, readonly Related[]>;

export function readLists(body: Json): Lists {
  const [incoming, outgoing] = [readRelated(body.incoming), readRelated(body.outgoing)];
  return { incoming, outgoing, friends: readRelated(body.friends), blocked: readRelated(body.blocked) };
}

export function joinLists(one: Lists, other: Lists): Lists {
  const join = (name: ListName) => [...one[name], ...other[name]];
  return { incoming: join('incoming'), outgoing: join('outgoing'), friends: join('friends'), blocked: join('blocked') };
}

export function readFound(body: Json): Found[] {
  return objects(body.users).map((json) => {
    const uuid = string(json.uuid);
    return { uuid, name: nameOf(string(json.nickname), uuid), about: string(json.about).trim() };
  });
}

function readRelated(value: unknown): Related[] {
  return objects(value).map((json) => {
    const uuid = string(json.uuid);
    return { uuid, name: nameOf(string(json.name), uuid), status: string(json.status), since: string(json.since) };
  });
}

function objects(value: unknown): Json[] {
  return Array.isArray(value) ? value.filter(isObject).filter((json) => string(json.uuid) !== '') : [];
}

function nameOf(name: string, uuid: string): string {
  return name.trim() || `person ${uuid.slice(0, 4)}`;
}
