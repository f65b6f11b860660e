import { html } from 'htm/preact';
import type { VNode } from 'preact';
import { useState } from 'preact/hooks';
import { readSum } from './format.ts';
import { goalIcon } from './icons.ts';
import { newKey, type RoomActions } from './room-actions.ts';

/** Where the streamer sets a goal. */

type Input = Event & { currentTarget: HTMLInputElement };
type Outcome = { state: 'idle' | 'sending' | 'set' } | { state: 'failed'; words: string };

export function GoalPanel({ currency, actions }: { currency: string; actions: RoomActions }): VNode {
  const [name, setName] = useState('');
  const [typed, setTyped] = useState('');
  const [outcome, setOutcome] = useState<Outcome>({ state: 'idle' });
  // One key for one goal: kept over its retries, another as soon as the goal is another.
  const [key, setKey] = useState(newKey);
  const change = (set: (value: string) => void) => (event: Input) => {
    set(event.currentTarget.value);
    setKey(newKey());
    setOutcome({ state: 'idle' });
  };
  const onSubmit = async (event: Event) => {
    event.preventDefault();
    const sum = readSum(typed, currency);
    if (name.trim() === '' || sum === null) {
      return setOutcome({ state: 'failed', words: `A goal needs a name and an amount in ${currency}.` });
    }
    setOutcome({ state: 'sending' });
    const words = await actions.setGoal(name.trim(), sum, key);
    if (words) return setOutcome({ state: 'failed', words });
    setName('');
    setTyped('');
    setKey(newKey());
    setOutcome({ state: 'set' });
  };
  return html`<section class="panel" aria-labelledby="goal-title">
    <h2 id="goal-title">${goalIcon()}Set a goal</h2>
    <form onSubmit=${onSubmit} novalidate>
      <label for="goal-name">What for</label>
      <input
        id="goal-name"
        dir="auto"
        autocomplete="off"
        placeholder="A new microphone"
        value=${name}
        onInput=${change(setName)}
      />
      <label for="sum">Amount in ${currency}</label>
      <input
        id="sum"
        class="sum-input"
        inputmode="decimal"
        autocomplete="off"
        placeholder="0.00"
        value=${typed}
        onInput=${change(setTyped)}
      />
      ${outcome.state === 'failed' && html`<p class="trouble" role="alert">${outcome.words}</p>`}
      <p class="hint" role="status">
        ${outcome.state === 'set' && 'The goal is set. It fills once the goals before it are reached.'}
      </p>
      <button class="primary" disabled=${outcome.state === 'sending'}>
        ${outcome.state === 'sending' ? 'Setting…' : 'Set the goal'}
      </button>
    </form>
  </section>`;
}
