import { html, render } from 'htm/preact';
import { markIcon } from './icons.ts';

/** What a browser gets for the address of a room that can be none. */

const page = html`<main class="front alone">
  <header class="inscription">
    ${markIcon()}
    <h1>No such room</h1>
    <p>
      A room’s address ends in the streamer’s id, like <code>3f2c8a1e-0000-4000-8000-000000000000</code>, in small
      letters. Perhaps this one was cut off while it was copied.
    </p>
    <a class="button" href="../">Open another room</a>
  </header>
</main>`;

const root = document.getElementById('page');
if (root) {
  root.replaceChildren();
  render(page, root);
}
