import { html } from 'htm/preact';
import type { VNode } from 'preact';
import { day } from './format.ts';
import type { ListName, Related } from './people-answers.ts';
import { Entry } from './people-entry.ts';
import type { PeopleSession } from './people-session.ts';
import type { PeopleState } from './people-state.ts';
import { LIST_EMPTY, LIST_TITLES, sinceWords, STATUS_WORDS } from './people-words.ts';

interface ListsProps {
  state: PeopleState;
  session: PeopleSession;
}

/** The people with whom there is something, by what it is. What others wait for stands first. */
export function PeopleLists({ state, session }: ListsProps): VNode {
  if (!state.lists) return html`<p class="waiting" role="status">${state.trouble === '' && 'One moment…'}</p>`;
  const { lists } = state;
  const names: ListName[] = ['incoming', 'friends', 'outgoing', 'blocked'];
  return html`${names.map((name) => html`<${List} key=${name} name=${name} people=${lists[name]} state=${state} session=${session} />`)}`;
}

type ListProps = ListsProps & { name: ListName; people: readonly Related[] };

function List({ name, people, state, session }: ListProps): VNode | null {
  if (people.length === 0 && LIST_EMPTY[name] === '') return null;
  return html`<section class="panel list-${name}" aria-labelledby="list-${name}">
    <h2 id="list-${name}" tabindex="-1">
      ${LIST_TITLES[name]}${people.length > 0 && html` <small>${people.length}</small>`}
    </h2>
    ${people.length === 0 && html`<p class="hint">${LIST_EMPTY[name]}</p>`}
    <ul class="people">
      ${people.map(
        (person) =>
          html`<${Entry}
            key=${person.uuid}
            uuid=${person.uuid}
            name=${person.name}
            note=${STATUS_WORDS[person.status] ?? sinceWords(name, day(person.since))}
            relation=${name}
            intention=${state.intentions.find(({ uuid }) => uuid === person.uuid)}
            session=${session}
          />`,
      )}
    </ul>
  </section>`;
}
