import { html, render } from 'htm/preact';
import type { VNode } from 'preact';
import { useState } from 'preact/hooks';
import { markIcon } from './icons.ts';
import { openSite, useMe, type Site } from './site.ts';
import { decodeToken, TOKEN_FAULTS, tokenFault, type Identity } from './token.ts';
import { isUuid } from './uuid.ts';
import { tokenFaultWords } from './words.ts';

/** The first page: what this is, and the way into a room. */

const asked = new URLSearchParams(location.search);

type Input = Event & { currentTarget: HTMLInputElement & HTMLTextAreaElement };

function Front({ site }: { site: Site }): VNode {
  return html`<main class="front">
    <header class="inscription">
      ${markIcon()}
      <h1>Rostra</h1>
      <p>
        The platform a streamer speaks from: live chat in one order for everybody, private words for the streamer alone,
        and donations that are shown once the money has moved.
      </p>
    </header>
    <div class="ways-in">
      <${Account} site=${site} />
      <${OpenRoom} />
    </div>
    <nav aria-label="For developers">
      <a href="docs">HTTP interface</a>
      <a href="asyncapi.json">Events and frames</a>
    </nav>
  </main>`;
}

/** Who is signed in, and where they go from here; or the ways in. */
function Account({ site }: { site: Site }): VNode {
  const me = useMe(site.keeper);
  if (!me) {
    return html`<section class="panel" aria-labelledby="account-title">
      <h2 id="account-title">Come in</h2>
      <p class="hint">Find your friends, watch their rooms, and open one of your own.</p>
      <p class="buttons">
        <a class="button primary" href="sign-in">Sign in</a>
        <a class="button" href="sign-in?new">Create an account</a>
      </p>
    </section>`;
  }
  return html`<section class="panel" aria-labelledby="account-title">
    <h2 id="account-title">Hello, <bdi>${me.name}</bdi></h2>
    <p class="hint">You are signed in.</p>
    <p class="buttons">
      <a class="button primary" href="people">People</a>
      ${me.isUser && html`<a class="button" href="room/${me.uuid}">Your room</a>`}
      <a class="button" href="settings">Settings</a>
      <button class="quiet" onClick=${() => void site.signOut()}>Sign out</button>
    </p>
  </section>`;
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
    <p class="hint">With a token of the streaming site, as its developers have one.</p>
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
  render(html`<${Front} site=${openSite('./')} />`, root);
}
