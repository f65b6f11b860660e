import { html } from 'htm/preact';
import type { VNode } from 'preact';
import { useRef, useState } from 'preact/hooks';
import { moment } from './format.ts';
import type { RoomRecord } from './ops-answers.ts';
import { recordWords } from './ops-record.ts';
import type { OpsSession } from './ops-session.ts';
import { isUuid } from './uuid.ts';
import { opsFailureWords } from './words.ts';

/** What one room has shown, newest first, page by page. */

type Input = Event & { currentTarget: HTMLInputElement };

interface Shown {
  ownerId: string;
  events: readonly RoomRecord[];
  /** '' at the end. */
  next: string;
}

export function RoomEvents({ session }: { session: OpsSession }): VNode {
  const [typed, setTyped] = useState('');
  const [shown, setShown] = useState<Shown | null>(null);
  const [trouble, setTrouble] = useState('');
  const [isAsking, setAsking] = useState(false);
  const latest = useRef('');
  const read = async (ownerId: string, before: readonly RoomRecord[], after: string) => {
    latest.current = ownerId;
    setAsking(true);
    const answer = await session.readRoom(ownerId, after);
    // Meanwhile another room may have been asked for.
    if (latest.current !== ownerId) return;
    setAsking(false);
    setTrouble(answer.ok ? '' : opsFailureWords(answer.failure));
    if (answer.ok) setShown({ ownerId, events: [...before, ...answer.events], next: answer.next });
  };
  const onSubmit = (event: Event) => {
    event.preventDefault();
    const ownerId = typed.trim().toLowerCase();
    if (isUuid(ownerId)) void read(ownerId, [], '');
    else setTrouble('A room’s id looks like 3f2c8a1e-0000-4000-8000-000000000000.');
  };
  return html`<section class="panel room-events" aria-labelledby="room-title">
    <h2 id="room-title">What a room has shown</h2>
    <form class="ask-room" onSubmit=${onSubmit} novalidate>
      <label for="room">Room, by its streamer’s id</label>
      <input
        id="room"
        class="id"
        spellcheck="false"
        autocomplete="off"
        placeholder="3f2c8a1e-…"
        value=${typed}
        onInput=${(event: Input) => setTyped(event.currentTarget.value)}
      />
      <button disabled=${isAsking}>${isAsking ? 'Asking …' : 'Show'}</button>
    </form>
    ${trouble && html`<p class="trouble" role="alert">${trouble}</p>`}
    <p class="hint" role="status">${shown && sumUp(shown)}</p>
    ${shown && shown.events.length > 0 && html`<${Events} events=${shown.events} />`}
    ${
      shown?.next &&
      html`<button disabled=${isAsking} onClick=${() => void read(shown.ownerId, shown.events, shown.next)}>
        Older
      </button>`
    }
  </section>`;
}

function sumUp({ events, next }: Shown): string {
  if (events.length === 0) return 'This room has shown nothing, or there is no such room.';
  return next ? `The newest ${events.length} events; there are older ones.` : `${events.length} events; that is all.`;
}

function Events({ events }: { events: readonly RoomRecord[] }): VNode {
  return html`<table class="cards" role="table">
    <thead role="rowgroup">
      <tr role="row">
        ${['When', 'Type', 'What', 'Id'].map((name) => html`<th role="columnheader" scope="col">${name}</th>`)}
      </tr>
    </thead>
    <tbody role="rowgroup">
      ${events.map(
        ({ id, type, createdAt, json }) =>
          html`<tr role="row" key=${id}>
            <td role="cell" data-name="When">
              <time datetime=${createdAt} title=${createdAt}>${moment(createdAt)}</time>
            </td>
            <td role="cell" data-name="Type"><strong>${type}</strong></td>
            <td role="cell" data-name="What" class="what" dir="auto">${recordWords(json)}</td>
            <td role="cell" data-name="Id" class="id">${id}</td>
          </tr>`,
      )}
    </tbody>
  </table>`;
}
