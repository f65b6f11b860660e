import { html } from 'htm/preact';
import type { VNode } from 'preact';
import { useState } from 'preact/hooks';
import { LONGEST_MESSAGE } from './composer.ts';
import { characters, money, readSum } from './format.ts';
import { giftIcon } from './icons.ts';
import type { RoomActions } from './room-actions.ts';
import type { Donation } from './room-intentions.ts';
import type { RoomState } from './room-state.ts';
import { Toggle } from './toggle.ts';
import { rejectionWords } from './words.ts';

/** Giving: a sum, perhaps a comment; and what has been given but isn't shown yet, since no money has moved yet. */

const SUGGESTIONS = ['5', '10', '25', '50'];

type Input = Event & { currentTarget: HTMLInputElement & HTMLTextAreaElement };

interface DonatePanelProps {
  balance: RoomState['balance'];
  donations: readonly Donation[];
  currency: string;
  actions: RoomActions;
}

export function DonatePanel({ balance, donations, currency, actions }: DonatePanelProps): VNode {
  const [typed, setTyped] = useState('');
  const [comment, setComment] = useState('');
  const [isPrivate, setPrivate] = useState(false);
  const [error, setError] = useState('');
  const sum = readSum(typed, currency);
  const isShort = sum !== null && balance !== null && Number(sum) > Number(balance.sum);

  const onSubmit = (event: Event) => {
    event.preventDefault();
    const problem = problemOf(typed, sum, comment, currency);
    setError(problem);
    if (problem || sum === null) return;
    actions.give(sum, comment.trim(), !isPrivate);
    setTyped('');
    setComment('');
  };
  return html`<section class="panel donate" aria-labelledby="donate-title">
    <h2 id="donate-title">${giftIcon()}Donate to the stream</h2>
    <${OnTheirWay} donations=${donations} currency=${currency} actions=${actions} />
    <form onSubmit=${onSubmit} novalidate>
      <${Suggestions} currency=${currency} sum=${sum} onChoose=${setTyped} />
      <label for="sum">Amount in ${currency}</label>
      <input
        id="sum"
        class="sum-input"
        inputmode="decimal"
        autocomplete="off"
        placeholder="0.00"
        value=${typed}
        aria-invalid=${error !== ''}
        aria-describedby="sum-notes"
        onInput=${(event: Input) => setTyped(event.currentTarget.value)}
      />
      <p id="sum-notes" class="hint ${isShort ? 'short' : ''}">
        ${balance && html`Your balance is <strong>${money(balance.sum, balance.currency)}</strong>${isShort && ', which isn’t enough for this'}`}
      </p>
      <label for="comment">Comment, if you like</label>
      <textarea
        id="comment"
        rows="2"
        dir="auto"
        value=${comment}
        onInput=${(event: Input) => setComment(event.currentTarget.value)}
      ></textarea>
      <${Toggle}
        isOn=${isPrivate}
        onChange=${setPrivate}
        label="Private comment"
        hint="the amount is shown, the words only to the streamer"
      />
      ${error && html`<p class="trouble" role="alert">${error}</p>`}
      <button class="primary gold">${sum ? html`Donate ${money(sum, currency)}` : 'Donate'}</button>
    </form>
  </section>`;
}

interface SuggestionsProps {
  currency: string;
  sum: string | null;
  onChoose: (sum: string) => void;
}

function Suggestions({ currency, sum, onChoose }: SuggestionsProps): VNode {
  return html`<div class="suggestions" role="group" aria-label="Suggestions">
    ${SUGGESTIONS.map(
      (one) =>
        html`<button type="button" class="chip" aria-pressed=${sum === one} onClick=${() => onChoose(one)}>
          ${money(one, currency).replace(/[.,]00(?=\D*$)/, '')}
        </button>`,
    )}
  </div>`;
}

function OnTheirWay({ donations, currency, actions }: Omit<DonatePanelProps, 'balance'>): VNode {
  return html`<ul class="on-their-way" aria-label="Your donations on their way" aria-live="polite">
    ${donations.map(
      (donation) =>
        html`<li key=${donation.key} class=${donation.state}>
          <p><strong>${money(donation.sum, currency)}</strong> ${stateWords(donation)}</p>
          ${donation.state === 'failed' && html`<button onClick=${() => actions.giveAgain(donation)}>Try again</button>`}
          ${
            (donation.state === 'failed' || donation.state === 'rejected') &&
            html`<button onClick=${() => actions.dismiss(donation.key)}>Dismiss</button>`
          }
        </li>`,
    )}
  </ul>`;
}

function stateWords({ state, failure = '' }: Donation): string {
  switch (state) {
    case 'sending':
      return 'is being sent…';
    case 'accepted':
      return 'is on its way. The room sees it once the money has moved.';
    case 'failed':
      return `wasn’t sent. ${failure}`;
    case 'rejected':
      return `was turned down. ${rejectionWords(failure)}`;
    default:
      return state satisfies never;
  }
}

function problemOf(typed: string, sum: string | null, comment: string, currency: string): string {
  if (typed.trim() === '') return 'Say how much you want to donate.';
  if (sum === null) return `Write the amount like 15.50, at most ${money('1000000', currency)}.`;
  if (characters(comment.trim()) > LONGEST_MESSAGE) return `A comment has at most ${LONGEST_MESSAGE} characters.`;
  return '';
}
