/** What this person has asked for and the room hasn't shown yet: each is one intention with one idempotency key. */

const INTENTIONS_LIMIT = 50;

interface Intention {
  /** The idempotency key: made once, sent again with every try. */
  key: string;
  /** The event's id, from the answer; the frame with this id is the confirmation. */
  id?: string;
  /** sending → accepted (the broker has it) → gone, as the frame shows it; or failed, with the user's words for why. */
  state: 'sending' | 'accepted' | 'failed';
  failure?: string;
}

export interface Message extends Intention {
  text: string;
  isPublic: boolean;
  to?: { uuid: string; name: string };
}

export interface Donation extends Omit<Intention, 'state'> {
  sum: string;
  comment: string;
  isPublic: boolean;
  state: Intention['state'] | 'rejected';
}

export interface Intentions {
  messages: readonly Message[];
  donations: readonly Donation[];
  known: ReadonlySet<string>;
}

export type IntentionEvent =
  | { type: 'message_sending'; message: Omit<Message, 'state' | 'id' | 'failure'> }
  | { type: 'donation_sending'; donation: Omit<Donation, 'state' | 'id' | 'failure'> }
  | { type: 'accepted'; key: string; id: string }
  | { type: 'failed'; key: string; failure: string }
  | { type: 'dismissed'; key: string }
  | { type: 'donation_settled'; id: string; status: string; reason: string };

export function reduceIntention(state: Intentions, event: IntentionEvent): Pick<Intentions, 'messages' | 'donations'> {
  const { messages, donations } = state;
  switch (event.type) {
    case 'message_sending':
      return { messages: put(messages, { ...event.message, state: 'sending' }), donations };
    case 'donation_sending':
      return { messages, donations: put(donations, { ...event.donation, state: 'sending' }) };
    case 'accepted':
      return state.known.has(event.id)
        ? { messages: without(messages, event.key), donations: without(donations, event.key) }
        : { messages: accept(messages, event), donations: accept(donations, event) };
    case 'failed':
      return { messages: fail(messages, event), donations: fail(donations, event) };
    case 'dismissed':
      return { messages: without(messages, event.key), donations: without(donations, event.key) };
    case 'donation_settled':
      return { messages, donations: settle(donations, event) };
    default:
      return event satisfies never;
  }
}

/** A retry takes the place of the try before it. */
function put<T extends { key: string }>(list: readonly T[], item: T): readonly T[] {
  const isKnown = list.some((one) => one.key === item.key);
  return isKnown ? list.map((one) => (one.key === item.key ? item : one)) : [...list, item].slice(-INTENTIONS_LIMIT);
}

function without<T extends { key: string }>(list: readonly T[], key: string): readonly T[] {
  return list.filter((one) => one.key !== key);
}

function accept<T extends { key: string }>(list: readonly T[], event: { key: string; id: string }): readonly T[] {
  return list.map((one) => (one.key === event.key ? { ...one, state: 'accepted', id: event.id } : one));
}

function fail<T extends { key: string }>(list: readonly T[], event: { key: string; failure: string }): readonly T[] {
  return list.map((one) => (one.key === event.key ? { ...one, state: 'failed', failure: event.failure } : one));
}

function settle(
  donations: readonly Donation[],
  event: { id: string; status: string; reason: string },
): readonly Donation[] {
  if (event.status === 'pending') return donations;
  if (event.status !== 'rejected') return donations.filter((donation) => donation.id !== event.id);
  return donations.map((donation) =>
    donation.id === event.id ? { ...donation, state: 'rejected', failure: event.reason } : donation,
  );
}
