import { html } from 'htm/preact';
import type { VNode } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { LONGEST_MESSAGE } from './composer.ts';
import { characters, money, readSum } from './format.ts';
import { giftIcon } from './icons.ts';
import { OnTheirWay } from './on-their-way.ts';
import type { RoomActions } from './room-actions.ts';
import type { Donation } from './room-intentions.ts';
import type { RoomState } from './room-state.ts';
import { Toggle } from './toggle.ts';

/** Giving: a sum, perhaps a comment; and what has been given but isn't shown yet, since no money has moved yet. */

const SUGGESTIONS = ['5', '10', '25', '50'];

type Input = Event & { currentTarget: HTMLInputElement & HTMLTextAreaElement };

interface DonatePanelProps {
  balance: RoomState['balance'];
  donations: readonly Donation[];
  currency: string;
  actions: RoomActions;
  onGiven: () => void;
}

export function DonatePanel({ balance, donations, currency, actions, onGiven }: DonatePanelProps): VNode {
  const { typed, setTyped, comment, setComment, isPrivate, setPrivate, takenBack, clear } = useDraft(donations);
  const [error, setError] = useState('');
  const sum = readSum(typed, currency);
  const isShort = sum !== null && balance !== null && Number(sum) > Number(balance.sum);

  const onSubmit = (event: Event) => {
    event.preventDefault();
    const problem = problemOf(typed, sum, comment, currency);
    setError(problem);
    if (problem || sum === null) return;
    if (takenBack) actions.dismiss(takenBack);
    actions.give(sum, comment.trim(), !isPrivate);
    clear();
    onGiven();
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
        hint="everybody sees the gift, only the streamer its words"
      />
      ${error && html`<p class="trouble" role="alert">${error}</p>`}
      <button class="primary gold">${sum ? html`Donate ${money(sum, currency)}` : 'Donate'}</button>
    </form>
  </section>`;
}

/** What is being written. A donation that was turned down is put back into the empty form, to be changed and sent again. */
function useDraft(donations: readonly Donation[]) {
  const [typed, setTyped] = useState('');
  const [comment, setComment] = useState('');
  const [isPrivate, setPrivate] = useState(false);
  const [takenBack, setTakenBack] = useState<string | null>(null);
  const turnedDown = donations.findLast(({ state }) => state === 'rejected');
  useEffect(() => {
    // Never over what has been begun since.
    if (!turnedDown || typed !== '' || comment !== '') return;
    setTyped(turnedDown.sum);
    setComment(turnedDown.comment);
    setPrivate(!turnedDown.isPublic);
    setTakenBack(turnedDown.key);
  }, [turnedDown?.key]);
  const clear = () => {
    setTyped('');
    setComment('');
    setTakenBack(null);
  };
  return { typed, setTyped, comment, setComment, isPrivate, setPrivate, takenBack, clear };
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

function problemOf(typed: string, sum: string | null, comment: string, currency: string): string {
  if (typed.trim() === '') return 'Say how much you want to donate.';
  if (sum === null) return `Write the amount like 15.50, at most ${money('1000000', currency)}.`;
  if (characters(comment.trim()) > LONGEST_MESSAGE) return `A comment has at most ${LONGEST_MESSAGE} characters.`;
  return '';
}
