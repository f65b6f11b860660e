import { html } from 'htm/preact';
import type { VNode } from 'preact';
import { useState } from 'preact/hooks';
import { count } from './format.ts';
import { Trouble } from './field.ts';
import { Entry } from './people-entry.ts';
import type { PeopleSession } from './people-session.ts';
import { relationTo, wanted, type PeopleState } from './people-state.ts';

type Input = Event & { currentTarget: HTMLInputElement };

interface SearchProps {
  state: PeopleState;
  session: PeopleSession;
  me: string;
}

/** Finding people by how their nickname begins. */
export function PeopleSearch({ state, session, me }: SearchProps): VNode {
  const { search, lists, intentions } = state;
  return html`<section class="panel" aria-labelledby="search-title">
    <h2 id="search-title" tabindex="-1">Find people</h2>
    <form role="search" onSubmit=${(event: Event) => event.preventDefault()}>
      <label for="search">A nickname, or how it begins</label>
      <input
        id="search"
        type="search"
        autocomplete="off"
        autocapitalize="none"
        spellcheck="false"
        maxlength="32"
        value=${search.text}
        onInput=${(event: Input) => session.search(event.currentTarget.value)}
      />
    </form>
    <p class="hint" role="status">${foundWords(search)}</p>
    <${Trouble} words=${search.trouble} />
    <ul class="people">
      ${search.found.map(
        ({ uuid, name, about }) =>
          html`<${Entry}
            key=${uuid}
            uuid=${uuid}
            name=${name}
            note=${about}
            relation=${relationTo(lists, uuid, me)}
            saysRelation=${true}
            intention=${intentions.find((one) => one.uuid === uuid)}
            session=${session}
          />`,
      )}
    </ul>
    ${search.next !== '' && html`<${MoreOfThem} onMore=${session.more} />`}
  </section>`;
}

function MoreOfThem({ onMore }: { onMore: () => Promise<void> }): VNode {
  const [isAsking, setAsking] = useState(false);
  const more = async () => {
    setAsking(true);
    await onMore();
    setAsking(false);
  };
  return html`<button class="further" disabled=${isAsking} onClick=${() => void more()}>Show more</button>`;
}

function foundWords(search: PeopleState['search']): string {
  const text = wanted(search);
  if (text === '' || search.foundFor !== text) return '';
  if (search.found.length === 0) return `Nobody’s nickname begins with “${text}”.`;
  return `${count(search.found.length, 'person').replace('persons', 'people')}${search.next ? ', and more' : ''}`;
}
