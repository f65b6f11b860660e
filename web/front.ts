import { html, render } from 'htm/preact';
import type { VNode } from 'preact';
import { useState } from 'preact/hooks';
import { markIcon } from './icons.ts';
import { decodeToken } from './token.ts';
import { isUuid } from './uuid.ts';

/** The first page: what this is, and the way into a room. */

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
  const [room, setRoom] = useState(new URLSearchParams(location.search).get('room') ?? '');
  const [error, setError] = useState('');
  const identity = decodeToken(token.trim());
  const onSubmit = (event: Event) => {
    event.preventDefault();
    const target = (room.trim() || identity?.room || '').toLowerCase();
    const problem = problemOf(token.trim(), identity !== null, target);
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
      ${identity ? html`${identity.isUser ? 'A streamer' : 'A viewer'}${identity.name && html`, <bdi>${identity.name}</bdi>`}` : 'From the streaming site, or from this server’s own sign-in.'}
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

function problemOf(token: string, isReadable: boolean, room: string): string {
  if (token !== '' && !isReadable) return 'This is no token: one has three parts with dots between them.';
  if (room === '') return 'Say which room: your token names none.';
  return isUuid(room) ? '' : 'A room’s id looks like 3f2c8a1e-0000-4000-8000-000000000000.';
}

const root = document.getElementById('page');
if (root) {
  root.replaceChildren();
  render(html`<${Front} />`, root);
}
