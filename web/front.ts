import { html, render } from 'htm/preact';
import type { VNode } from 'preact';
import { useState } from 'preact/hooks';
import { markIcon } from './icons.ts';
import { decodeToken, TOKEN_FAULTS, tokenFault, type Identity } from './token.ts';
import { isUuid } from './uuid.ts';
import { tokenFaultWords } from './words.ts';

/** The first page: what this is, and the way into a room. */

const asked = new URLSearchParams(location.search);

type Input = Event & { currentTarget: HTMLInputElement & HTMLTextAreaElement };

function Front(): VNode {
  return html`<main class="front">
    <header class="inscription">
      ${markIcon()}
      <h1>Rostra</h1>
      <p>
        The platform a streamer speaks from: live chat in one order for everybody, private words for the streamer alone,
        and donations that are shown once the money has moved.
      </p>
    </header>
    <${OpenRoom} />
    <nav aria-label="For developers">
      <a href="docs">HTTP interface</a>
      <a href="asyncapi.json">Events and frames</a>
    </nav>
  </main>`;
}

function OpenRoom(): VNode {
  const [token, setToken] = useState('');
  const [room, setRoom] = useState(asked.get('room') ?? '');
  const [error, setError] = useState(wordsOnArrival);
  const identity = decodeToken(token.trim());
  const onSubmit = (event: Event) => {
    event.preventDefault();
    const target = (room.trim() || identity?.room || '').toLowerCase();
    const problem = problemOf(token.trim(), identity, target);
    setError(problem);
    if (problem) return;
    location.assign(`room/${target}${token.trim() ? `#token=${encodeURIComponent(token.trim())}` : ''}`);
  };
  return html`<form class="panel" onSubmit=${onSubmit} novalidate>
    <h2>Open a room</h2>
    <label for="token">Your token</label>
    <textarea
      id="token"
      rows="3"
      spellcheck="false"
      autocomplete="off"
      placeholder="eyJ…"
      value=${token}
      aria-describedby="token-notes"
      onInput=${(event: Input) => setToken(event.currentTarget.value)}
    ></textarea>
    <p id="token-notes" class="hint" role="status">
      ${identity ? html`${identity.isUser ? 'A streamer' : 'A viewer'}${identity.name && html`, <bdi>${identity.name}</bdi>`}` : 'The streaming site makes one for each of its visitors.'}
    </p>
    <label for="room">Room</label>
    <input
      id="room"
      spellcheck="false"
      autocomplete="off"
      placeholder=${identity?.room ?? 'the streamer’s id'}
      value=${room}
      aria-describedby="room-notes"
      onInput=${(event: Input) => setRoom(event.currentTarget.value)}
    />
    <p id="room-notes" class="hint">Leave it empty where your token names its room.</p>
    ${error && html`<p class="trouble" role="alert">${error}</p>`}
    <button class="primary">Open the room</button>
  </form>`;
}

/** Without a token a room may still be open for reading, so none is no problem here. */
function problemOf(token: string, identity: Identity | null, room: string): string {
  const fault = token === '' ? null : tokenFault(token, Date.now());
  if (fault) return tokenFaultWords(fault);
  if (room === '') return identity ? 'Say which room: your token names none.' : 'Paste a token, or say which room.';
  if (!isUuid(room)) return 'A room’s id looks like 3f2c8a1e-0000-4000-8000-000000000000.';
  const isForAnother = identity !== null && !identity.isUser && identity.room !== null && identity.room !== room;
  return isForAnother ? 'Your token opens another room. Leave the room empty to go there.' : '';
}

/** A room that could not be entered sends its visitor here, and says why. */
function wordsOnArrival(): string {
  const fault = TOKEN_FAULTS.find((one) => one === asked.get('why'));
  return fault ? tokenFaultWords(fault) : '';
}

const root = document.getElementById('page');
if (root) {
  root.replaceChildren();
  render(html`<${Front} />`, root);
}
