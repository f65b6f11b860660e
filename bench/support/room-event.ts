import { randomUUID } from 'node:crypto';
import { freshId } from '../../shared/ids.ts';

/** What a viewer writes: 60 characters, as a lively chat has them. */
const value = 'Nobody expects the fourth encore, and yet here we all are :)';

/** The room of the figures that fill one only, and who writes there. */
export const owner = randomUUID();
const writer = { uuid: randomUUID(), type: 'client', name: 'Finn' };

/** The fields of one event, the same for us and for every peer. */
export function newEvent(ownerId: string = owner) {
  const createdAt = new Date().toISOString();
  return {
    id: freshId(),
    topic: `room:${ownerId}`,
    type: 'message',
    createdAt,
    fields: { from: writer, value, is_public: true },
  };
}

/** The event as the gateway writes it, with a place that is always six digits long; a line of a peer's feed. */
export function eventText(place: number): string {
  const { id, topic, type, createdAt, fields } = newEvent();
  return JSON.stringify({ seq: 100_000 + (place % 900_000), type, id, topic, created_at: createdAt, ...fields });
}

/** Shorter than any event, and longer than what servers say about themselves. */
export const shortestEventBytes = eventText(0).length - 6;
