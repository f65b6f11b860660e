import { html, render } from 'htm/preact';
import type { VNode } from 'preact';
import { useMemo, useState } from 'preact/hooks';
import type { LineContext } from './chat-line.ts';
import { ChatLog } from './chat-log.ts';
import { Composer } from './composer.ts';
import { ownerIdOfPage, readConfig, type Config } from './config.ts';
import { DonatePanel } from './donate-panel.ts';
import type { Person } from './frames.ts';
import { GoalPanel } from './goal-panel.ts';
import { closeIcon, giftIcon, goalIcon } from './icons.ts';
import { OnTheirWay } from './on-their-way.ts';
import { followSession, whoEnters } from './room-entry.ts';
import { currentGoal } from './room-goals.ts';
import { RoomHead } from './room-head.ts';
import { createRoomSession, type RoomSession } from './room-session.ts';
import type { RoomState } from './room-state.ts';
import type { SessionKeeper } from './session.ts';
import { ShutRoom, useShutCode } from './shut-room.ts';
import { openSite } from './site.ts';
import { GoalBar, SponsorLine } from './standing.ts';
import { ConnectionBanner, ExpiryNotice, signInWords, type SignInOffer } from './status.ts';
import { takeToken, type Identity, type TokenFault } from './token.ts';
import { useStore } from './use-store.ts';
import { tokenFaultWords } from './words.ts';

/** The room's page, one for the streamer and for their viewers; who is who follows from the token. */

interface RoomProps {
  session: RoomSession;
  config: Config;
  ownerId: string;
  identity: Identity | null;
  fault: TokenFault | null;
  signIn: SignInOffer;
  /** Of the person who has signed in here; null where a token of the streaming site's says who is here, or nothing does. */
  keeper: SessionKeeper | null;
}

function Room(props: RoomProps): VNode {
  const { session, signIn } = props;
  const state = useStore(session.store);
  const shut = useShutCode(state);
  if (shut === null) return html`<${OpenRoom} ...${props} state=${state} />`;
  const isConnecting = state.connection.phase === 'connecting';
  return html`<div class="room">
    <${RoomHead} ...${props} state=${state} />
    <${ShutRoom} code=${shut} isConnecting=${isConnecting} signIn=${signIn} onConnect=${session.connect} />
  </div>`;
}

type OpenRoomProps = RoomProps & { state: RoomState };

function OpenRoom(props: OpenRoomProps): VNode {
  const { session, config, ownerId, identity, fault, signIn, state } = props;
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
    <${RoomHead} ...${props} />
    <div class="standing">
      <${GoalBar} goal=${currentGoal(state.goals)} currency=${currency} />
      <${SponsorLine} sponsorship=${state.sponsorship} currency=${currency} />
    </div>
    <main id="chat" class="chat">
      <${ConnectionBanner} connection=${state.connection} signIn=${signIn} onConnect=${session.connect} />
      <${ExpiryNotice} state=${state} signIn=${signIn} />
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
              <a href=${signIn.url}>${signInWords(signIn)}</a> to write and to donate.
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

async function start(root: HTMLElement): Promise<void> {
  const config = readConfig();
  const ownerId = ownerIdOfPage();
  const site = openSite('../');
  const entry = await whoEnters(ownerId, site.keeper);
  const { token, identity, fault, signIn } = entry;
  if (!identity && !config.allowAnonymous) {
    location.replace(entry.shutOut);
    return;
  }
  const ofAccount = identity !== null && signIn.by === 'account';
  const session = createRoomSession({ config, ownerId, token, identity, ...(ofAccount && { api: site.api }) });
  if (ofAccount) followSession(site.keeper, session, identity.sub);
  // A token that comes into the address of an open page changes only the fragment, which loads nothing by itself.
  addEventListener('hashchange', () => {
    if (!location.hash.startsWith('#token=')) return;
    const fresh = takeToken(ownerId);
    if (!fresh || ofAccount || !session.renew(fresh)) location.reload();
  });
  root.replaceChildren();
  const room = html`<${Room}
    session=${session}
    config=${config}
    ownerId=${ownerId}
    identity=${identity}
    fault=${fault}
    signIn=${signIn}
    keeper=${ofAccount ? site.keeper : null}
  />`;
  render(room, root);
  session.connect();
}

const root = document.getElementById('page');
if (root) void start(root);
