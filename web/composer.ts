import { html } from 'htm/preact';
import type { VNode } from 'preact';
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { characters } from './format.ts';
import type { Person } from './frames.ts';
import { closeIcon, lockIcon, sendIcon } from './icons.ts';
import type { RoomActions } from './room-actions.ts';
import { Toggle } from './toggle.ts';

/** Where one writes: in public, or in private; Enter sends, Shift+Enter makes a new line. */

export const LONGEST_MESSAGE = 500;
const COUNT_FROM = 400;

interface ComposerProps {
  isOwner: boolean;
  replyTo: Person | null;
  onReplyEnd: () => void;
  actions: RoomActions;
  /** Opens the panel with the donation or the goal, where there is no room for it beside the chat. */
  panelButton: VNode;
}

export function Composer({ isOwner, replyTo, onReplyEnd, actions, panelButton }: ComposerProps): VNode {
  const [text, setText] = useState('');
  const [isPrivate, setPrivate] = useState(false);
  const box = useRef<HTMLTextAreaElement>(null);
  const length = characters(text.trim());
  const isPublic = !(isOwner ? replyTo : isPrivate);
  useLayoutEffect(() => {
    if (replyTo) box.current?.focus();
  }, [replyTo]);
  useEffect(() => fit(box.current), [text]);

  const send = () => {
    if (length === 0 || length > LONGEST_MESSAGE) return;
    actions.say(text.trim(), isPublic, isOwner && replyTo ? replyTo : undefined);
    setText('');
    onReplyEnd();
    box.current?.focus();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'Escape' && replyTo) onReplyEnd();
    // While an input method is composing, Enter chooses a word and must not send.
    if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    send();
  };
  const onSubmit = (event: Event) => {
    event.preventDefault();
    send();
  };
  return html`<form class="composer ${isPublic ? '' : 'private'}" onSubmit=${onSubmit} aria-label="Write a message">
    ${
      isOwner
        ? replyTo && html`<${ReplyChip} to=${replyTo} onEnd=${onReplyEnd} />`
        : html`<${Toggle}
            isOn=${isPrivate}
            onChange=${setPrivate}
            label="Private"
            hint=${isPrivate ? 'only the streamer sees this' : 'off: everybody sees this'}
          />`
    }
    <div class="compose-row">
      ${panelButton}
      <textarea
        ref=${box}
        id="message"
        rows="1"
        dir="auto"
        value=${text}
        aria-label=${isPublic ? 'Message to everybody' : 'Private message'}
        aria-invalid=${length > LONGEST_MESSAGE}
        aria-describedby="message-length"
        placeholder=${placeholder(isPublic, isOwner)}
        onInput=${(event: Event & { currentTarget: HTMLTextAreaElement }) => setText(event.currentTarget.value)}
        onKeyDown=${onKeyDown}
      ></textarea>
      <button class="send" disabled=${length === 0 || length > LONGEST_MESSAGE}>
        ${isPublic ? sendIcon() : lockIcon()}<span class="unseen">Send</span>
      </button>
    </div>
    <${Length} length=${length} />
  </form>`;
}

/** Said only once it matters. */
function Length({ length }: { length: number }): VNode {
  return html`<p id="message-length" class="length ${length > LONGEST_MESSAGE ? 'over' : ''}" role="status">
    ${length >= COUNT_FROM && `${length} of ${LONGEST_MESSAGE} characters`}
  </p>`;
}

function ReplyChip({ to, onEnd }: { to: Person; onEnd: () => void }): VNode {
  return html`<p class="reply-chip">
    ${lockIcon()}<span>Only <bdi>${to.name}</bdi> sees this</span>
    <button type="button" class="bare" onClick=${onEnd} aria-label="Write to everybody instead">${closeIcon()}</button>
  </p>`;
}

function placeholder(isPublic: boolean, isOwner: boolean): string {
  if (isPublic) return 'Say something';
  return isOwner ? 'Answer in private' : 'To the streamer only';
}

/** As tall as its text, up to what the style sheet allows. */
function fit(box: HTMLTextAreaElement | null): void {
  if (!box) return;
  box.style.height = 'auto';
  box.style.height = `${box.scrollHeight}px`;
}
