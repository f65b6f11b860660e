import { html, render } from 'htm/preact';
import type { VNode } from 'preact';
import { useMemo, useState } from 'preact/hooks';
import { hueOf, type LineContext } from './chat-line.ts';
import { ChatLog } from './chat-log.ts';
import { Composer } from './composer.ts';
import { ownerIdOfPage, readConfig, type Config } from './config.ts';
import { DonatePanel } from './donate-panel.ts';
import { money } from './format.ts';
import type { Person } from './frames.ts';
import { GoalPanel } from './goal-panel.ts';
import { closeIcon, giftIcon, eyeIcon, goalIcon, markIcon } from './icons.ts';
import { OnTheirWay } from './on-their-way.ts';
import { currentGoal } from './room-goals.ts';
import { createRoomSession, type RoomSession } from './room-session.ts';
import type { RoomState } from './room-state.ts';
import { ShutRoom, useShutCode } from './shut-room.ts';
import { GoalBar, SponsorLine } from './standing.ts';
import { ConnectionBanner, ExpiryNotice, StatusChip } from './status.ts';
import { useStreamerName } from './streamer-name.ts';
import { decodeToken, keepToken, takeToken, tokenFault, type Identity, type TokenFault } from './token.ts';
import { useStore } from './use-store.ts';
import { tokenFaultWords } from './words.ts';

/** The room's page, one for the streamer and for their viewers; who is who follows from the token. */

interface RoomProps {
  session: RoomSession;
  config: Config;
  ownerId: string;
  identity: Identity | null;
  fault: TokenFault | null;
}

function Room(props: RoomProps): VNode {
  const { session, ownerId } = props;
  const state = useStore(session.store);
  const shut = useShutCode(state);
  const signInUrl = `../?room=${ownerId}`;
  if (shut === null) return html`<${OpenRoom} ...${props} state=${state} signInUrl=${signInUrl} />`;
  const isConnecting = state.connection.phase === 'connecting';
  return html`<div class="room">
    <${Head} state=${state} ownerId=${ownerId} isOwner=${session.isOwner} />
    <${ShutRoom} code=${shut} isConnecting=${isConnecting} signInUrl=${signInUrl} onConnect=${session.connect} />
  </div>`;
}

type OpenRoomProps = RoomProps & { state: RoomState; signInUrl: string };

function OpenRoom({ session, config, ownerId, identity, fault, state, signInUrl }: OpenRoomProps): VNode {
  const [replyTo, setReplyTo] = useState<Person | null>(null);
  const [isPanelOpen, setPanelOpen] = useState(false);
  const { isOwner, actions } = session;
  const { currency } = config;
  const me = identity?.sub ?? null;
  const context = useMemo<LineContext>(
    () => ({ ownerId, me, currency, onReply: isOwner ? setReplyTo : null }),
    [ownerId, me, currency, isOwner],
  );
  const panelButton = html`<button
    type="button"
    class="open-panel"
    aria-expanded=${isPanelOpen}
    aria-controls="panel"
    onClick=${() => openPanel(setPanelOpen)}
  >
    ${isOwner ? goalIcon() : giftIcon()}<span class="unseen">${isOwner ? 'Set a goal' : 'Donate'}</span>
  </button>`;
  return html`<div class="room ${isPanelOpen ? 'panel-open' : ''}">
    <a class="skip" href=${identity ? '#message' : '#chat'}>Skip to ${identity ? 'writing' : 'the chat'}</a>
    <${Head} state=${state} ownerId=${ownerId} isOwner=${isOwner} />
    <div class="standing">
      <${GoalBar} goal=${currentGoal(state.goals)} currency=${currency} />
      <${SponsorLine} sponsorship=${state.sponsorship} currency=${currency} />
    </div>
    <main id="chat" class="chat">
      <${ConnectionBanner} connection=${state.connection} signInUrl=${signInUrl} onConnect=${session.connect} />
      <${ExpiryNotice} state=${state} signInUrl=${signInUrl} />
      <${ChatLog} entries=${state.entries} messages=${state.messages} context=${context} actions=${actions} />
      <div class="tray"><${OnTheirWay} donations=${state.donations} currency=${currency} actions=${actions} /></div>
      ${
        identity
          ? html`<${Composer}
              isOwner=${isOwner}
              replyTo=${replyTo}
              onReplyEnd=${() => setReplyTo(null)}
              actions=${actions}
              panelButton=${panelButton}
            />`
          : html`<p class="only-reading">
              ${fault && fault !== 'missing' && `${tokenFaultWords(fault)} `}You are only reading.${' '}
              <a href=${signInUrl}>Give a token</a> to write and to donate.
            </p>`
      }
    </main>
    <aside
      id="panel"
      class="side"
      onKeyDown=${(event: KeyboardEvent) => event.key === 'Escape' && closePanel(setPanelOpen)}
    >
      <button class="bare close-panel" aria-label="Close" onClick=${() => closePanel(setPanelOpen)}>
        ${closeIcon()}
      </button>
      ${isOwner && html`<${GoalPanel} currency=${currency} actions=${actions} />`}
      ${identity && !isOwner && html`<${DonatePanel} balance=${state.balance} donations=${state.donations} currency=${currency} actions=${actions} onGiven=${() => closePanel(setPanelOpen)} />`}
    </aside>
  </div>`;
}

function Head({ state, ownerId, isOwner }: { state: RoomState; ownerId: string; isOwner: boolean }): VNode {
  const { viewers, balance, connection } = state;
  const name = useStreamerName(state, ownerId);
  const title = isOwner ? 'Your room' : name ? `${name}’s room` : 'The streamer’s room';
  return html`<header class="head">
    <a class="wordmark" href="../">${markIcon()}<span>Rostra</span></a>
    <h1 class=${hueOf(ownerId)}><bdi>${title}</bdi></h1>
    <div class="facts">
      ${viewers !== null && html`<p class="fact">${eyeIcon()}${viewers}<span class="wide"> watching</span></p>`}
      ${balance && html`<p class="fact"><span class="wide">Balance </span><strong>${money(balance.sum, balance.currency)}</strong></p>`}
      <${StatusChip} connection=${connection} />
    </div>
  </header>`;
}

/** On a phone the panel opens over the chat, and whoever opened it by keyboard is already in it. */
function openPanel(setOpen: (isOpen: boolean) => void): void {
  setOpen(true);
  requestAnimationFrame(() => document.getElementById('sum')?.focus());
}

/** Whoever closes it is back where they opened it; beside the chat there is nothing to close, and the focus stays. */
function closePanel(setOpen: (isOpen: boolean) => void): void {
  setOpen(false);
  requestAnimationFrame(() => document.querySelector<HTMLElement>('.open-panel')?.focus());
}

function start(root: HTMLElement): void {
  const config = readConfig();
  const ownerId = ownerIdOfPage();
  const token = takeToken(ownerId);
  const identity = token ? decodeToken(token) : null;
  const fault = tokenFault(token ?? '', Date.now());
  if (!identity) keepToken(ownerId, null);
  if (!identity && !config.allowAnonymous) {
    location.replace(`../?room=${ownerId}&why=${fault}`);
    return;
  }
  const session = createRoomSession({ config, ownerId, token: identity && token, identity });
  // A token that comes into the address of an open page changes only the fragment, which loads nothing by itself.
  addEventListener('hashchange', () => {
    if (!location.hash.startsWith('#token=')) return;
    const fresh = takeToken(ownerId);
    if (!fresh || !session.renew(fresh)) location.reload();
  });
  root.replaceChildren();
  const room = html`<${Room}
    session=${session}
    config=${config}
    ownerId=${ownerId}
    identity=${identity}
    fault=${fault}
  />`;
  render(room, root);
  session.connect();
}

const root = document.getElementById('page');
if (root) start(root);
