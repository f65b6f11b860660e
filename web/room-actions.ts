import type { Answer, Api } from './api.ts';
import { string } from './frames.ts';
import type { Donation, Message } from './room-intentions.ts';
import type { RoomReads } from './room-reads.ts';
import type { RoomStore } from './room-store.ts';
import { failureWords } from './words.ts';

/** What a person can do in the room. Each intention has one key, which every retry of it sends again. */
export interface RoomActions {
  say(text: string, isPublic: boolean, to?: Message['to']): void;
  sayAgain(message: Message): void;
  give(sum: string, comment: string, isPublic: boolean): void;
  giveAgain(donation: Donation): void;
  dismiss(key: string): void;
  /** @returns what went wrong in the person's words, or null */
  setGoal(name: string, requireSum: string, key: string): Promise<string | null>;
}

/** How often a donation whose frame doesn't come is asked for, and after how long. */
const OUTCOME_CHECKS_MS = [5_000, 10_000, 20_000, 40_000, 80_000];

type MessageIntention = Omit<Message, 'id' | 'state' | 'failure'>;
type DonationIntention = Omit<Donation, 'id' | 'state' | 'failure'>;

export function createRoomActions(
  api: Api,
  store: RoomStore,
  reads: RoomReads,
  ownerId: string,
  onSignedOut: () => void,
): RoomActions {
  const settle = (key: string, answer: Answer, subject: string): string | null => {
    if (answer.ok) {
      const id = string(answer.body.id);
      store.dispatch({ type: 'accepted', key, id });
      return id;
    }
    store.dispatch({ type: 'failed', key, failure: failureWords(answer.failure, subject) });
    if (answer.failure.status === 401) onSignedOut();
    return null;
  };
  const sendMessage = async (message: MessageIntention) => {
    store.dispatch({ type: 'message_sending', message });
    const { text, isPublic, to, key } = message;
    const body = { message: text, is_public: isPublic, owner_id: ownerId, ...(to && { to: to.uuid }) };
    settle(key, await api.post('chat/message/add', body, key), 'message');
  };
  const sendDonation = async (donation: DonationIntention) => {
    store.dispatch({ type: 'donation_sending', donation });
    const { sum, comment, isPublic, key } = donation;
    const message = comment ? { message: { message: comment, is_public: isPublic } } : {};
    const id = settle(key, await api.post('chat/donate/add', { sum, owner_id: ownerId, ...message }, key), 'donation');
    if (id) await watchOutcome(id, store, reads);
  };
  return {
    say: (text, isPublic, to) => void sendMessage({ key: newKey(), text, isPublic, ...(to && { to }) }),
    sayAgain: ({ key, text, isPublic, to }) => void sendMessage({ key, text, isPublic, ...(to && { to }) }),
    give: (sum, comment, isPublic) => void sendDonation({ key: newKey(), sum, comment, isPublic }),
    giveAgain: ({ key, sum, comment, isPublic }) => void sendDonation({ key, sum, comment, isPublic }),
    dismiss: (key) => store.dispatch({ type: 'dismissed', key }),
    async setGoal(name, requireSum, key) {
      const body = { name, require_sum: requireSum };
      const answer = await api.post('chat/goal/add', body, key);
      return answer.ok ? null : failureWords(answer.failure, 'goal');
    },
  };
}

/** A key that nobody else makes. Not `randomUUID`, which a page opened without TLS doesn't have. */
export function newKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** The frame says how it ended; should it be missed, the donation itself is asked, a bounded number of times. */
async function watchOutcome(id: string, store: RoomStore, reads: RoomReads): Promise<void> {
  for (const delayMs of OUTCOME_CHECKS_MS) {
    await new Promise((resolve) => setTimeout(resolve, delayMs));
    if (!store.state().donations.some((one) => one.id === id && one.state === 'accepted')) return;
    await reads.donation(id);
  }
}
