import { html } from 'htm/preact';
import type { VNode } from 'preact';
import { useState } from 'preact/hooks';
import { openRoom } from './accounts.ts';
import { becomeUser } from './become-user.ts';
import { Done, Field, Trouble } from './field.ts';
import { characters } from './format.ts';
import { meOf, useMe, type Site } from './site.ts';
import { useDeed } from './use-deed.ts';

const LONGEST_NAME = 100;
const NOT_YET = 'Your room is being opened. It takes longer than usual: load this page again in a moment.';

/** One's own room: opening it, and the way into it. */
export function RoomForm({ site }: { site: Site }): VNode {
  const me = useMe(site.keeper);
  const hasRoom = me?.isUser === true;
  const [name, setName] = useState('');
  const [done, setDone] = useState('');
  const deed = useDeed('room');
  const [isOpening, setOpening] = useState(false);
  const onSubmit = async (event: Event) => {
    event.preventDefault();
    setDone('');
    const wish = name.trim();
    if (wish === '' || characters(wish) > LONGEST_NAME) {
      return deed.complain(`A room’s name has 1 to ${LONGEST_NAME} characters.`, 'name');
    }
    if (!(await deed.send(wish, (key) => openRoom(site.api, wish, key)))) return;
    setName('');
    if (hasRoom) return setDone('Your room has its new name.');
    setOpening(true);
    const isOpen = await becomeUser(
      async () => (await site.keeper.anew()) !== null && meOf(site.keeper)?.isUser === true,
    );
    setOpening(false);
    setDone(isOpen ? 'Your room is open.' : NOT_YET);
  };
  return html`<section class="panel" aria-labelledby="room-title">
    <h2 id="room-title">Your room</h2>
    <p class="hint">
      ${hasRoom ? 'Where you speak, and others watch, write and donate.' : 'Open a room to speak from: others come to watch, write and donate.'}
    </p>
    ${hasRoom && html`<p class="way"><a class="button" href="room/${me.uuid}">Go to your room</a></p>`}
    <form onSubmit=${onSubmit} novalidate>
      <${Field}
        id="room-name"
        label=${hasRoom ? 'Another name for it' : 'Its name'}
        value=${name}
        onInput=${setName}
        autocomplete="off"
        isWrong=${deed.field === 'name'}
      />
      <${Trouble} words=${deed.words} />
      <${Done} words=${isOpening ? 'Opening your room…' : done} />
      <button class="primary" disabled=${deed.isSending || isOpening}>
        ${hasRoom ? 'Rename the room' : 'Open my room'}
      </button>
    </form>
  </section>`;
}
