import { html, render } from 'htm/preact';
import type { VNode } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { ownerIdOfPage, readConfig } from './config.ts';
import { money } from './format.ts';
import { giftIcon } from './icons.ts';
import type { Entry } from './room-entries.ts';
import { currentGoal } from './room-goals.ts';
import { createRoomSession, type RoomSession } from './room-session.ts';
import { GoalBar, SponsorLine } from './standing.ts';
import { decodeToken } from './token.ts';
import { useStore } from './use-store.ts';

/** What a streamer lays over their picture: the newest donation, the goal, the sponsor. It shows public things only. */

type Gift = Extract<Entry, { kind: 'donate' }>;

const SHOWN_MS = 12_000;

function Overlay({ session, currency }: { session: RoomSession; currency: string }): VNode {
  const state = useStore(session.store);
  const gift = useLatestGift(state.entries);
  return html`<main class="overlay">
    <div class="stage" aria-live="polite">${gift && html`<${Banner} key=${gift.id} gift=${gift} />`}</div>
    <div class="standing">
      <${GoalBar} goal=${currentGoal(state.goals)} currency=${currency} />
      <${SponsorLine} sponsorship=${state.sponsorship} currency=${currency} />
    </div>
  </main>`;
}

function Banner({ gift }: { gift: Gift }): VNode {
  return html`<article class="gift-banner">
    ${giftIcon()}
    <p class="headline"><bdi>${gift.from.name}</bdi> gave <strong>${money(gift.sum, gift.currency)}</strong></p>
    ${gift.comment && html`<p class="comment" dir="auto">${gift.comment}</p>`}
  </article>`;
}

/**
 * The newest donation, for its moment on the screen. Only one that came as a frame, which has its place in an epoch:
 * those of the history were shown before this source was loaded.
 */
function useLatestGift(entries: readonly Entry[]): Gift | null {
  const latest = entries.findLast((entry): entry is Gift => entry.kind === 'donate') ?? null;
  const [past, setPast] = useState<string | null>(null);
  const id = latest?.id ?? null;
  useEffect(() => {
    const timer = setTimeout(() => setPast(id), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [id]);
  return latest?.epoch !== undefined && !latest.refunded && latest.id !== past ? latest : null;
}

/** The token stays in the address: a browser source keeps nothing else between two loads. */
function readToken(): string | null {
  return new URLSearchParams(location.hash.slice(1)).get('token') ?? new URLSearchParams(location.search).get('token');
}

const root = document.getElementById('page');
if (root) {
  const config = readConfig();
  const token = readToken();
  const session = createRoomSession({
    config,
    ownerId: ownerIdOfPage(),
    token,
    identity: token ? decodeToken(token) : null,
  });
  root.replaceChildren();
  render(html`<${Overlay} session=${session} currency=${config.currency} />`, root);
  session.connect();
}
