import { isObject, string, type Json } from './frames.ts';

/** What the operator's routes answer, read at the edge into the shapes that the rest of the page trusts. */

export interface Status {
  isReady: boolean;
  /** Each dependency with "ok" or what is wrong with it. */
  checks: Readonly<Record<string, string>>;
  /** Records that each group is behind; null where the broker doesn't say. */
  lag: Readonly<Record<string, number | null>>;
}

export interface Letter {
  id: string;
  group: string;
  listener: string;
  reason: string;
  tries: number;
  setAsideAt: string;
  retriedAt: string | null;
  event: string;
  eventId: string;
  /** `topic/partition@offset` */
  place: string;
}

export interface RoomRecord {
  id: string;
  type: string;
  createdAt: string;
  json: Json;
}

export function readStatus(json: Json): Status {
  const checks = Object.entries(objectOf(json.checks)).map(([name, words]) => [name, string(words)] as const);
  const lag = Object.entries(objectOf(json.lag)).map(([name, records]) => [name, wholeNumber(records)] as const);
  return { isReady: json.ready === true, checks: Object.fromEntries(checks), lag: Object.fromEntries(lag) };
}

export function readLetters(json: Json): Letter[] {
  return listOf(json.dead_letters).map((letter) => {
    const source = objectOf(letter.source);
    return {
      id: string(letter.id),
      group: string(letter.group),
      listener: string(letter.listener),
      reason: string(letter.reason),
      tries: wholeNumber(letter.tries) ?? 1,
      setAsideAt: string(letter.set_aside_at),
      retriedAt: string(letter.retried_at) || null,
      event: string(letter.event),
      eventId: string(letter.event_id),
      place: `${string(source.topic)}/${wholeNumber(source.partition) ?? '?'}@${string(source.offset)}`,
    };
  });
}

/** One page of a room's events, newest first; `next` is '' at the end. */
export function readRoomPage(json: Json): { events: RoomRecord[]; next: string } {
  const events = listOf(json.events).map((event) => ({
    id: string(event.id),
    type: string(event.type),
    createdAt: string(event.created_at),
    json: event,
  }));
  return { events, next: string(json.next) };
}

function listOf(value: unknown): Json[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}

function objectOf(value: unknown): Json {
  return isObject(value) ? value : {};
}

function wholeNumber(value: unknown): number | null {
  return typeof value === 'number' && Number.isInteger(value) ? value : null;
}
