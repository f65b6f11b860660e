import { html } from 'htm/preact';
import type { VNode } from 'preact';
import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import { count, moment } from './format.ts';
import type { Letter } from './ops-answers.ts';
import { freshLetters } from './ops-headline.ts';
import type { OpsSession } from './ops-session.ts';
import type { OpsState, Retry } from './ops-state.ts';
import { opsFailureWords } from './words.ts';

/** The records that groups have set aside, and the way back for each. */

interface LettersProps {
  state: OpsState;
  session: OpsSession;
  now: number;
}

export function Letters({ state: { letters, lettersFailure, retries }, session, now }: LettersProps): VNode {
  const [asked, setAsked] = useState<Letter | null>(null);
  const fresh = new Set(freshLetters(letters ?? [], now).map(({ id }) => id));
  return html`<section class="panel letters" aria-labelledby="letters-title">
    <h2 id="letters-title">Dead letters <small>${letters && sumUp(letters)}</small></h2>
    ${lettersFailure && html`<p class="trouble" role="alert">${opsFailureWords(lettersFailure)}</p>`}
    ${letters?.length === 0 && html`<p class="hint">No record was set aside in the last 30 days.</p>`}
    ${
      letters &&
      letters.length > 0 &&
      html`<table class="cards" role="table">
        <thead role="rowgroup">
          <tr role="row">
            ${['Set aside', 'Event', 'By', 'Reason', 'Tries', 'Source', 'Way back'].map(
              (name) => html`<th role="columnheader" scope="col">${name}</th>`,
            )}
          </tr>
        </thead>
        <tbody role="rowgroup">
          ${letters.map(
            (letter) =>
              html`<${Row}
                key=${letter.id}
                letter=${letter}
                isFresh=${fresh.has(letter.id)}
                retry=${retries[letter.id]}
                onAsk=${() => setAsked(letter)}
              />`,
          )}
        </tbody>
      </table>`
    }
    ${
      asked &&
      html`<${Confirm} letter=${asked} onConfirm=${() => void session.retry(asked)} onEnd=${() => setAsked(null)} />`
    }
  </section>`;
}

function sumUp(letters: readonly Letter[]): string {
  const waiting = letters.filter(({ retriedAt }) => retriedAt === null).length;
  if (letters.length === 0) return '';
  return waiting === 0 ? 'all given back' : `${count(waiting, 'record')} not given back`;
}

interface RowProps {
  letter: Letter;
  isFresh: boolean;
  retry: Retry | undefined;
  onAsk: () => void;
}

function Row({ letter, isFresh, retry, onAsk }: RowProps): VNode {
  const { id, event, eventId, group, listener, reason, tries, place, setAsideAt, retriedAt } = letter;
  return html`<tr role="row" class=${isFresh ? 'fresh' : ''}>
    <td role="cell" data-name="Set aside">
      <time datetime=${setAsideAt} title=${setAsideAt}>${moment(setAsideAt)}</time>
    </td>
    <td role="cell" data-name="Event"><strong>${event || 'unknown'}</strong><small class="id">${eventId}</small></td>
    <td role="cell" data-name="By"><strong>${group}</strong><small>${listener}</small></td>
    <td role="cell" data-name="Reason" class="reason"><bdi>${reason}</bdi></td>
    <td role="cell" data-name="Tries" class="number">${tries}</td>
    <td role="cell" data-name="Source" class="place">${place}</td>
    <td role="cell" class="way-back">
      ${retriedAt && !retry && html`<p class="hint">Given back at <time datetime=${retriedAt}>${moment(retriedAt)}</time></p>`}
      <div role="status">
        ${retry && html`<p class=${retry.state === 'failed' ? 'trouble' : 'hint'}>${retryWords(retry, group)}</p>`}
      </div>
      <button disabled=${retry?.state === 'sending'} onClick=${onAsk}>
        Retry${retriedAt && ' again'}<span class="unseen"> ${event} for ${group}, ${id}</span>
      </button>
    </td>
  </tr>`;
}

function retryWords(retry: Retry, group: string): string {
  switch (retry.state) {
    case 'sending':
      return 'Giving it back …';
    case 'given-back':
      return `Given back to ${group} at ${moment(retry.at)}. If it fails again, it stands here anew.`;
    case 'failed':
      return retry.failure.status === 404
        ? 'There is no such record any more: it is older than Kafka keeps it.'
        : `Not known to be given back. ${opsFailureWords(retry.failure)} Repeating it does no harm.`;
    default:
      return retry satisfies never;
  }
}

interface ConfirmProps {
  letter: Letter;
  onConfirm: () => void;
  onEnd: () => void;
}

function Confirm({ letter: { event, group, eventId, reason }, onConfirm, onEnd }: ConfirmProps): VNode {
  const dialog = useRef<HTMLDialogElement>(null);
  // The browser itself keeps the focus inside, gives it back, and closes it by Escape.
  useLayoutEffect(() => dialog.current?.showModal(), []);
  const confirm = () => {
    onConfirm();
    dialog.current?.close();
  };
  return html`<dialog ref=${dialog} class="panel confirm" aria-labelledby="confirm-title" onClose=${onEnd}>
    <h2 id="confirm-title">Retry ${event || 'this record'} for ${group}?</h2>
    <p>
      The same record is published again under its own id${eventId && html` (<span class="id">${eventId}</span>)`}, for
      the group <strong>${group}</strong> alone. What had its effect already has it no second time.
    </p>
    <p>
      It was set aside because: <bdi class="reason">${reason}</bdi>. While that is not mended, it is set aside again.
    </p>
    <div class="choices">
      <button onClick=${() => dialog.current?.close()}>Cancel</button>
      <button class="primary" onClick=${confirm}>Retry now</button>
    </div>
  </dialog>`;
}
