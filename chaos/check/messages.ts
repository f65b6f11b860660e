import { commentId } from '../../services/rooms/donation.ts';
import type { History, Request } from '../history.ts';
import { type Asked, askedFor } from './asked.ts';
import type { EntryFact } from './entries.ts';
import type { MessageFact, RoomsFacts } from './rooms-facts.ts';
import { checkTexts } from './texts.ts';
import { violations, type Violations } from './violations.ts';

/**
 * I12: every confirmed message, and the comment of every donation that has settled, is in the tables once, as it was
 * written, with its place in the room's history. I11: what was written in private is private there.
 */
export function checkMessages(history: History, rooms: RoomsFacts): Violations {
  const messages = askedFor(history.requests, 'message');
  const donations = askedFor(history.requests, 'donation');
  const missing: string[] = [];
  const wrong: string[] = [];
  for (const [id, request] of messages.confirmed) {
    const row = rooms.messages.get(id);
    if (!row) missing.push(id);
    else if (!isAsWritten(row, request)) wrong.push(id);
  }
  const { shared } = messages;
  return [
    ...violations('I12', 'no message at all', messages.confirmed.size === 0 ? ['none was confirmed'] : []),
    ...violations('I12', 'confirmed messages that are not there', missing),
    ...violations('I12', 'messages that are not as they were written', wrong),
    ...violations('I12', 'two messages share an id', shared),
    ...violations('I12', 'messages that nobody has written', unwritten(rooms, messages)),
    ...violations('I12', 'comments that are not there', missingComments(rooms)),
    ...checkEntries(rooms),
    ...violations('I11', 'public, though written in private', published(rooms, messages, donations)),
    ...checkTexts(history.requests, publicTexts(rooms), 'entries of the history'),
  ];
}

function publicTexts({ entries }: RoomsFacts): (readonly [text: string, id: string])[] {
  return [...entries].flatMap(([id, { isPublic, texts }]) =>
    isPublic ? texts.map((text) => [text, id] as const) : [],
  );
}

function isAsWritten({ room, from, donateId, value, isPublic }: MessageFact, request: Request): boolean {
  // A private one that is public is I11's.
  const isAsPublic = isPublic || request.isPrivate;
  const isOf = room === request.room && from === request.by && donateId === null;
  return isOf && isAsPublic && value.endsWith(request.key);
}

function unwritten({ messages, donations }: RoomsFacts, { confirmed, possible }: Asked): string[] {
  return [...messages].flatMap(([id, { donateId }]) => {
    const isKnown =
      donateId === null ? confirmed.has(id) || possible.has(id) : id === donations.get(donateId)?.messageId;
    return isKnown ? [] : [id];
  });
}

function missingComments({ donations, messages }: RoomsFacts): string[] {
  return [...donations].flatMap(([id, { status, hasMessage, messageId, room, donor }]) => {
    if (!hasMessage || (status !== 'settled' && status !== 'refunded')) return [];
    const comment = messages.get(commentId(id));
    const isThere = comment?.donateId === id && comment.room === room && comment.from === donor;
    return isThere && messageId === commentId(id) ? [] : [id];
  });
}

/** Each message has its entry, and a private one the parties that may see it. */
function checkEntries({ messages, entries }: RoomsFacts): Violations {
  const missing: string[] = [];
  const open: string[] = [];
  for (const [id, message] of messages) {
    const entry = entries.get(id);
    if (entry?.type !== 'message' || entry.room !== message.room || !entry.isFaithful) missing.push(id);
    else if (entry.isPublic !== message.isPublic || !isForParties(entry, message)) open.push(id);
  }
  return [
    ...violations('I12', 'messages without their place in the history', missing),
    ...violations('I11', 'in the history for others than its parties', open),
  ];
}

function isForParties({ subjects }: EntryFact, message: MessageFact): boolean {
  if (message.isPublic) return true;
  const parties = partiesOf(message);
  return subjects.length === parties.length && parties.every((party) => subjects.includes(party));
}

/** Who may see a private message: its sender, the room's owner, and whom the owner answers. */
export function partiesOf({ from, room, to }: Pick<MessageFact, 'from' | 'room' | 'to'>): string[] {
  return [...new Set([from, room, ...(to === null ? [] : [to])])];
}

function published({ messages }: RoomsFacts, asked: Asked, donations: Asked): string[] {
  return [...messages].flatMap(([id, { isPublic, donateId }]) => {
    const { confirmed, possible } = donateId === null ? asked : donations;
    const request = confirmed.get(donateId ?? id) ?? possible.get(donateId ?? id);
    return isPublic && request?.isPrivate === true ? [id] : [];
  });
}
