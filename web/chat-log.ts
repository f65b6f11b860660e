import { html } from 'htm/preact';
import type { VNode } from 'preact';
import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import { Line, type LineContext } from './chat-line.ts';
import { downIcon, lockIcon } from './icons.ts';
import type { RoomActions } from './room-actions.ts';
import type { Entry } from './room-entries.ts';
import type { Message } from './room-intentions.ts';

/** The room's chat, which follows its newest line while the reader is at the bottom, and never otherwise. */

const NEAR_BOTTOM_PX = 60;
const SAME_BREATH_MS = 120_000;

interface ChatLogProps {
  entries: readonly Entry[];
  messages: readonly Message[];
  context: LineContext;
  actions: RoomActions;
}

export function ChatLog({ entries, messages, context, actions }: ChatLogProps): VNode {
  const list = useRef<HTMLDivElement>(null);
  const [isFollowing, setFollowing] = useState(true);
  const newest = entries.at(-1);
  const toBottom = () => {
    if (list.current) list.current.scrollTop = list.current.scrollHeight;
  };
  useStayAtBottom(list, isFollowing, [newest, messages.length]);
  // One's own message is what one wants to see, wherever one had read.
  useLayoutEffect(() => {
    if (messages.length > 0) toBottom();
  }, [messages.length]);
  const onScroll = () => {
    const box = list.current;
    if (box) setFollowing(box.scrollHeight - box.scrollTop - box.clientHeight < NEAR_BOTTOM_PX);
  };
  return html`<div class="chat-frame">
    <div class="chat-log" role="log" aria-live="polite" aria-label="Chat" tabindex="0" ref=${list} onScroll=${onScroll}>
      ${entries.length + messages.length === 0 && html`<p class="empty">Nobody has spoken yet. The platform is yours.</p>`}
      ${withoutRepeats(entries).map((entry, index, all) => {
        const isSame = isSameBreath(all[index - 1], entry);
        return html`<${Line} key=${entry.id} entry=${entry} isFollowing=${isSame} context=${context} />`;
      })}
      ${messages.map((message) => html`<${Waiting} key=${message.key} message=${message} actions=${actions} />`)}
    </div>
    ${!isFollowing && html`<${NewMessages} newest=${newest?.id} onClick=${toBottom} />`}
  </div>`;
}

/** Mounted when the reader leaves the bottom, so what is newest at that moment is what they have seen. */
function NewMessages({ newest, onClick }: { newest: string | undefined; onClick: () => void }): VNode {
  const [seen] = useState(newest);
  const words = seen === newest ? 'To the newest' : 'New messages';
  return html`<button class="to-bottom ${seen === newest ? '' : 'fresh'}" onClick=${onClick}>
    ${downIcon()}${words}
  </button>`;
}

function Waiting({ message, actions }: { message: Message; actions: RoomActions }): VNode {
  const { text, isPublic, to, state, failure, key } = message;
  return html`<article class="line mine waiting ${state} ${isPublic ? '' : 'private'}">
    <header>
      <span class="who">You</span>
      ${!isPublic && html`<span class="mark">${lockIcon()}Private${to && html`, to <bdi>${to.name}</bdi>`}</span>`}
      ${state !== 'failed' && html`<span class="progress">Sending…</span>`}
    </header>
    <p dir="auto">${text}</p>
    ${
      state === 'failed' &&
      html`<div class="trouble" role="alert">
        <p>${failure}</p>
        <button onClick=${() => actions.sayAgain(message)}>Try again</button>
        <button class="quiet" onClick=${() => actions.dismiss(key)}>Discard</button>
      </div>`
    }
  </article>`;
}

function useStayAtBottom(list: { current: HTMLElement | null }, isFollowing: boolean, causes: unknown[]): void {
  useLayoutEffect(() => {
    const box = list.current;
    if (!box || !isFollowing) return;
    const settle = () => {
      box.scrollTop = box.scrollHeight;
    };
    settle();
    // A keyboard that opens on a phone, or a longer composer, takes from the list's height.
    const observer = new ResizeObserver(settle);
    observer.observe(box);
    return () => observer.disconnect();
  }, [isFollowing, ...causes]);
}

/** A public comment stands on its donation's card already; its message would say it twice. */
function withoutRepeats(entries: readonly Entry[]): readonly Entry[] {
  const commented = new Set(entries.flatMap((one) => (one.kind === 'donate' && one.comment ? [one.id] : [])));
  return entries.filter((one) => one.kind !== 'message' || !one.isPublic || !commented.has(one.donateId ?? ''));
}

function isSameBreath(above: Entry | undefined, entry: Entry): boolean {
  if (above?.kind !== 'message' || entry.kind !== 'message') return false;
  const isSameManner = above.isPublic === entry.isPublic && above.to === entry.to && !entry.donateId && !above.donateId;
  const apartMs = Date.parse(entry.createdAt) - Date.parse(above.createdAt);
  return above.from.uuid === entry.from.uuid && isSameManner && apartMs < SAME_BREATH_MS;
}
