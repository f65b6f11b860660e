import type { Answer, Api } from './api.ts';
import { isObject, readEvent, readGoal, readSponsorship, string, type Goal, type Json } from './frames.ts';
import type { RoomStore } from './room-store.ts';

/** What the page asks for over HTTP: at the start, and whenever frames may have been missed. */
export interface RoomReads {
  history(): Promise<void>;
  goals(): Promise<void>;
  sponsorship(): Promise<void>;
  account(): Promise<void>;
  viewers(): Promise<void>;
  donation(id: string): Promise<void>;
}

export function createRoomReads(api: Api, store: RoomStore, ownerId: string): RoomReads {
  const query = `?owner_id=${encodeURIComponent(ownerId)}`;
  return {
    async history() {
      const body = bodyOf(await api.get(`chat/event/history${query}`));
      if (!body || !Array.isArray(body.events)) return;
      const events = body.events.filter(isObject).map(readEvent);
      store.dispatch({ type: 'history', events: events.filter((event) => event !== null) });
    },
    async goals() {
      const body = bodyOf(await api.get(`chat/goal${query}`));
      if (body) store.dispatch({ type: 'goals_read', ...goalsOf(body) });
    },
    async sponsorship() {
      const body = bodyOf(await api.get(`chat/sponsor${query}`));
      if (body) store.dispatch({ type: 'sponsorship_read', sponsorship: readSponsorship(body) });
    },
    async account() {
      const askedAtVersion = store.state().balance?.version ?? null;
      const body = bodyOf(await api.get('account'));
      if (!body) return;
      const { balance, currency } = body;
      store.dispatch({
        type: 'account_read',
        balance: string(balance),
        currency: string(currency),
        askedAtVersion,
      });
    },
    async viewers() {
      const body = bodyOf(await api.get('chat/viewers'));
      const present = Array.isArray(body?.viewers) ? body.viewers.filter(isObject) : null;
      // The streamer's own connections are in the room too, but nobody is their own viewer.
      const count = present?.filter((person) => person.uuid !== ownerId).length ?? null;
      store.dispatch({ type: 'viewers_read', count });
    },
    async donation(id) {
      const body = bodyOf(await api.get(`chat/donate/${encodeURIComponent(id)}`));
      const donation = isObject(body?.donate) ? body.donate : body;
      const status = string(donation?.status);
      if (status) store.dispatch({ type: 'donation_settled', id, status, reason: string(donation?.reason) });
    },
  };
}

function bodyOf(answer: Answer): Json | null {
  return answer.ok ? answer.body : null;
}

function goalsOf(body: Json): { open: Goal | null; ended: Goal | null } {
  const ended = body.ended ?? body.last_ended;
  return {
    open: isObject(body.goal) ? readGoal(body.goal, false) : null,
    ended: isObject(ended) ? readGoal(ended, true) : null,
  };
}
