import { errorText } from '../shared/errors.ts';
import { isUuid } from '../shared/ids.ts';
import { close, type CloseReason } from './close-codes.ts';
import type { Connection } from './connection.ts';
import { metrics } from './metrics.ts';
import { errorFrame, joined, subscribedFrame, unsubscribedFrame } from './outbound.ts';
import type { Parts } from './parts.ts';
import { decideResume, type Position, type Resume } from './resume.ts';
import { decideAdmission } from './rooms.ts';

/** Topics of one socket at once. */
const MAXIMUM_TOPICS = 100;

/** Why a topic was refused: a number with the HTTP status's meaning, and the contract's words. */
export interface TopicRefusal {
  readonly code: 403 | 404 | 429 | 503;
  readonly message: string;
}

const forbidden: TopicRefusal = { code: 403, message: 'forbidden' };
const noSuchTopic: TopicRefusal = { code: 404, message: 'no such topic' };
const tooManyTopics: TopicRefusal = { code: 429, message: 'too many topics' };
const unavailable: TopicRefusal = { code: 503, message: 'unavailable' };

/** How a refusal ends the endpoint that stands for one topic. */
export function closeReasonOf({ code }: TopicRefusal): CloseReason {
  switch (code) {
    case 403:
      return close.forbidden;
    case 404:
      return close.notFound;
    case 429:
    case 503:
      return close.tryLater;
  }
}

/**
 * Subscribes and answers, with what was missed after `after` where that can be given whole; or returns why not.
 * A topic that the connection is in already is answered anew, from `after` on.
 */
export async function subscribe(
  parts: Parts,
  connection: Connection,
  topic: string,
  after: Position | null,
): Promise<TopicRefusal | null> {
  const refusal = await refusalOf(parts, connection, topic);
  if (refusal) return refusal;
  const end = await endFor(parts, topic, after);
  // Nothing waits from here on: what the window answers and what follows live leave no gap between them.
  if (connection.isOpen) enter(parts, connection, topic, after, end);
  return null;
}

export function unsubscribe({ hub, presence }: Parts, connection: Connection, topic: string): void {
  const wasIn = connection.topics.has(topic);
  hub.flush();
  hub.part(topic, connection);
  connection.write(unsubscribedFrame(topic));
  if (wasIn && topic.startsWith('room:')) void presence.leaveRoom(connection, topic);
}

/** Leaves the rooms that a renewed token no longer admits. */
export function leaveForbiddenRooms(parts: Parts, connection: Connection): void {
  for (const topic of connection.topics) {
    const { kind, id } = parseTopic(topic);
    if (kind === 'room' && decideAdmission(connection.caller, id) === 'forbidden')
      unsubscribe(parts, connection, topic);
  }
}

async function refusalOf(parts: Parts, connection: Connection, topic: string): Promise<TopicRefusal | null> {
  if (connection.topics.size >= MAXIMUM_TOPICS && !connection.topics.has(topic)) return tooManyTopics;
  const { kind, id } = parseTopic(topic);
  if (kind === 'person') return connection.subject === id ? null : forbidden;
  return kind === 'room' ? refusalOfRoom(parts, connection, id) : noSuchTopic;
}

async function refusalOfRoom(parts: Parts, connection: Connection, ownerId: string): Promise<TopicRefusal | null> {
  const admission = decideAdmission(connection.caller, ownerId);
  if (admission === 'forbidden') return forbidden;
  if (admission === 'own' && connection.caller) parts.announcer.roomOpened(connection.caller);
  if (admission !== 'if-it-exists') return null;
  try {
    return (await parts.rooms.exists(ownerId)) ? null : noSuchTopic;
  } catch (error) {
    parts.log.warn({ reason: errorText(error) }, 'rooms are out of reach');
    return unavailable;
  }
}

/** The broker's word on the partition's end, where the answer depends on it. */
async function endFor(parts: Parts, topic: string, after: Position | null): Promise<number | null> {
  if (!after || decideResume(after, parts.reader.positionOf(topic), null, () => []).kind !== 'ask-end') return null;
  try {
    return await parts.reader.endOf(parts.reader.partitionOf(topic), after.seq);
  } catch (error) {
    parts.log.warn({ reason: errorText(error) }, 'the broker did not say where the log ends');
    return 0;
  }
}

function resume(parts: Parts, topic: string, subject: string | null, after: Position, end: number | null): Resume {
  const partition = parts.reader.partitionOf(topic);
  const since = (seq: number) => parts.windows.since(topic, partition, subject, seq);
  return decideResume(after, parts.reader.positionOf(topic), end, since);
}

function enter(parts: Parts, connection: Connection, topic: string, after: Position | null, end: number | null): void {
  const { hub, reader, presence } = parts;
  const here = reader.positionOf(topic);
  const answer: Resume = after ? resume(parts, topic, connection.subject, after, end) : { kind: 'lost' };
  if (after) metrics.recoveries.inc({ result: answer.kind });
  const isAhead = answer.kind === 'ahead' && after !== null;
  const frames = answer.kind === 'recovered' ? answer.frames : [];
  const isNew = !connection.topics.has(topic);
  hub.join(topic, connection, isAhead ? after.seq : null);
  const seq = isAhead ? after.seq : here.seq;
  const isRecovered = isAhead || answer.kind === 'recovered';
  const first = subscribedFrame({ topic, epoch: here.epoch, seq }, isRecovered, frames.length);
  connection.writeReplay(joined([first, ...frames]));
  if (isNew && topic.startsWith('room:')) void presence.lease(connection);
}

export function refuse(connection: Connection, refusal: TopicRefusal, reference?: string): void {
  connection.write(errorFrame(refusal.code, refusal.message, reference));
}

function parseTopic(topic: string): { kind: 'room' | 'person' | 'other'; id: string } {
  const at = topic.indexOf(':');
  const [kind, id] = [topic.slice(0, at), topic.slice(at + 1)];
  return (kind === 'room' || kind === 'person') && isUuid(id) ? { kind, id } : { kind: 'other', id };
}
