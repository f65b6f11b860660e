import { html } from 'htm/preact';
import type { VNode } from 'preact';
import { useState } from 'preact/hooks';
import { decodeToken } from './token.ts';
import { tokenFaultWords } from './words.ts';

type Input = Event & { currentTarget: HTMLTextAreaElement };

/** Where an operator pastes a token; the server decides what it is worth. */
export function SignIn({ onToken }: { onToken: (token: string) => void }): VNode {
  const [typed, setTyped] = useState('');
  const [error, setError] = useState('');
  const onSubmit = (event: Event) => {
    event.preventDefault();
    const token = typed.trim();
    if (decodeToken(token)) onToken(token);
    else setError(tokenFaultWords(token.includes('.') ? 'unreadable' : 'parts'));
  };
  return html`<form class="panel sign-in" onSubmit=${onSubmit} novalidate aria-labelledby="sign-in-title">
    <h2 id="sign-in-title">Sign in as an operator</h2>
    <label for="token">A token with the scope <code>ops</code></label>
    <textarea
      id="token"
      rows="3"
      spellcheck="false"
      autocomplete="off"
      placeholder="eyJ…"
      value=${typed}
      aria-describedby="token-notes"
      onInput=${(event: Input) => setTyped(event.currentTarget.value)}
    ></textarea>
    <p id="token-notes" class="hint">It is kept until this tab is closed, and sent to this server alone.</p>
    ${error && html`<p class="trouble" role="alert">${error}</p>`}
    <button class="primary">Show how it is</button>
  </form>`;
}
