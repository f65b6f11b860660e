import { html } from 'htm/preact';
import type { VNode } from 'preact';
import { useMemo } from 'preact/hooks';
import { readConfig } from './config.ts';
import { money } from './format.ts';
import { hueOf } from './hue.ts';
import { eyeIcon, markIcon, personIcon } from './icons.ts';
import type { RoomSession } from './room-session.ts';
import type { RoomState } from './room-state.ts';
import { createSessionApi, type SessionKeeper } from './session.ts';
import { useMe } from './site.ts';
import { StatusChip } from './status.ts';
import { useStreamerName } from './streamer-name.ts';

interface RoomHeadProps {
  state: RoomState;
  session: RoomSession;
  ownerId: string;
  /** Of the person who has signed in here, if that is who is in the room. */
  keeper: SessionKeeper | null;
}

/** Whose room it is, how many watch, what one has to give, and who one is. */
export function RoomHead({ state, session, ownerId, keeper }: RoomHeadProps): VNode {
  const { viewers, balance, connection } = state;
  const profiles = useMemo(() => keeper && createSessionApi(readConfig().apiRoot, keeper), [keeper]);
  const name = useStreamerName(state, ownerId, profiles);
  const title = session.isOwner ? 'Your room' : name ? `${name}’s room` : 'The streamer’s room';
  return html`<header class="head">
    <a class="wordmark" href="../" aria-label="Rostra">${markIcon()}<span>Rostra</span></a>
    <h1 class=${hueOf(ownerId)}><bdi>${title}</bdi></h1>
    <div class="facts">
      ${viewers !== null && html`<p class="fact">${eyeIcon()}${viewers}<span class="wide"> watching</span></p>`}
      ${balance && html`<p class="fact"><span class="wide">Balance </span><strong>${money(balance.sum, balance.currency)}</strong></p>`}
      ${keeper && html`<${Myself} keeper=${keeper} />`}
      <${StatusChip} connection=${connection} />
    </div>
  </header>`;
}

function Myself({ keeper }: { keeper: SessionKeeper }): VNode | null {
  const me = useMe(keeper);
  if (!me) return null;
  return html`<a class="fact myself" href="../people" aria-label="Signed in as ${me.name}: people">
    ${personIcon()}<span class="wide">Signed in as <bdi>${me.name}</bdi></span>
  </a>`;
}
