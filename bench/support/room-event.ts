import { randomUUID } from 'node:crypto';
import { freshId } from '../../shared/ids.ts';

/** As long as what viewers write in a lively chat. */
export const TEXT_CHARACTERS = 60;
/** Stands before an event's number in its JSON text, and nowhere else. */
export const NUMBER_MARK = '"value":"No. ';
export const NUMBER_DIGITS = 7;

/** The room of the figures that fill one only, and who writes there. */
export const owner = randomUUID();
const writer = { uuid: randomUUID(), type: 'client', name: 'Finn' };

/** The fields of one event, the same for us and for every peer. It says its number, so that a viewer knows it again. */
export function newEvent(ownerId: string, number: number, characters: number) {
  const createdAt = new Date().toISOString();
  const place = String(number).padStart(NUMBER_DIGITS, '0');
  const value = `No. ${place}: nobody expects yet another encore, and yet`.padEnd(characters, ' encore');
  return {
    id: freshId(),
    topic: `room:${ownerId}`,
    type: 'message',
    createdAt,
    fields: { from: writer, value, is_public: true },
  };
}

/** The event as the gateway writes it, with a place that is always six digits long; a line of a peer's feed. */
export function eventText(number: number, characters: number): string {
  const { id, topic, type, createdAt, fields } = newEvent(owner, number, characters);
  return JSON.stringify({ seq: 100_000 + (number % 900_000), type, id, topic, created_at: createdAt, ...fields });
}

/** Shorter than any event with so long a text, and longer than what servers say about themselves. */
export function shortestEventBytes(characters: number): number {
  return eventText(0, characters).length - 6;
}
