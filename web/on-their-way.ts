import { html } from 'htm/preact';
import type { VNode } from 'preact';
import { money } from './format.ts';
import type { RoomActions } from './room-actions.ts';
import type { Donation } from './room-intentions.ts';
import { rejectionWords } from './words.ts';

interface OnTheirWayProps {
  donations: readonly Donation[];
  currency: string;
  actions: RoomActions;
}

/** One's own donations that the room hasn't seen: no money has moved yet, or none will. */
export function OnTheirWay({ donations, currency, actions }: OnTheirWayProps): VNode {
  return html`<ul class="on-their-way" aria-label="Your donations on their way" aria-live="polite">
    ${donations.map(
      (donation) =>
        html`<li key=${donation.key} class=${donation.state}>
          <p><strong>${money(donation.sum, currency)}</strong> ${stateWords(donation)}</p>
          ${donation.comment && html`<p class="words" dir="auto">${donation.comment}</p>`}
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
