import { html } from 'htm/preact';
import type { VNode } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { generalWords } from './account-words.ts';
import { changesOf, readProfile, saveProfile, type MessagesFrom, type Profile } from './accounts.ts';
import { Done, Field, Trouble } from './field.ts';
import { characters } from './format.ts';
import type { Site } from './site.ts';
import { useDeed } from './use-deed.ts';

type Area = Event & { currentTarget: HTMLTextAreaElement };

const LONGEST_NICKNAME = 32;
const LONGEST_ABOUT = 500;

/** What others see of oneself, and who may write. */
export function ProfileForm({ site }: { site: Site }): VNode {
  const [profile, setProfile] = useState<Profile | null>(null);
  const [trouble, setTrouble] = useState('');
  useEffect(() => void readOwn(site, setProfile, setTrouble), []);
  return html`<section class="panel" aria-labelledby="profile-title">
    <h2 id="profile-title">Your profile</h2>
    <${Trouble} words=${trouble} />
    ${profile ? html`<${Form} site=${site} first=${profile} />` : trouble === '' && html`<p class="hint">One moment…</p>`}
  </section>`;
}

async function readOwn(site: Site, onProfile: (profile: Profile) => void, onTrouble: (words: string) => void) {
  const answer = await site.api.get('profile');
  if (answer.ok) onProfile(readProfile(answer.body));
  else onTrouble(generalWords(answer.failure));
}

function Form({ site, first }: { site: Site; first: Profile }): VNode {
  const [kept, setKept] = useState(first);
  const [profile, setProfile] = useState(first);
  const [saved, setSaved] = useState('');
  const deed = useDeed('profile');
  const change = (some: Partial<Profile>) => {
    setSaved('');
    setProfile((before) => ({ ...before, ...some }));
  };
  const onSubmit = async (event: Event) => {
    event.preventDefault();
    setSaved('');
    const wish = { ...profile, nickname: profile.nickname.trim(), about: profile.about.trim() };
    const [field, problem] = problemOf(wish);
    if (problem) return deed.complain(problem, field);
    const changes = changesOf(kept, wish);
    if (!changes) return setSaved('Nothing has changed.');
    if (!(await deed.send(changes, (key) => saveProfile(site.api, changes, key)))) return;
    setKept(wish);
    setSaved('Saved.');
    // The token says the nickname too, and the rooms show what the token says.
    if (changes.nickname !== undefined) void site.keeper.anew();
  };
  return html`<form onSubmit=${onSubmit} novalidate>
    <${Field}
      id="nickname"
      label="Nickname"
      value=${profile.nickname}
      onInput=${(nickname: string) => change({ nickname })}
      autocomplete="nickname"
      hint="What others see and find you by. There is only one of each."
      isWrong=${deed.field === 'nickname'}
    />
    <label for="about">About you, if you like</label>
    <textarea
      id="about"
      rows="3"
      dir="auto"
      value=${profile.about}
      aria-invalid=${deed.field === 'about'}
      onInput=${(event: Area) => change({ about: event.currentTarget.value })}
    ></textarea>
    <${WhoMayWrite}
      value=${profile.messagesFrom}
      onChange=${(messagesFrom: MessagesFrom) => change({ messagesFrom })}
    />
    <${Trouble} words=${deed.words} />
    <${Done} words=${saved} />
    <button class="primary" disabled=${deed.isSending}>Save the profile</button>
  </form>`;
}

const CHOICES: readonly (readonly [MessagesFrom, string])[] = [
  ['everyone', 'Everyone'],
  ['friends', 'Only my friends'],
];

function WhoMayWrite({ value, onChange }: { value: MessagesFrom; onChange: (value: MessagesFrom) => void }): VNode {
  return html`<fieldset>
    <legend>Who may write to you</legend>
    ${CHOICES.map(
      ([one, words]) =>
        html`<label class="choice">
          <input type="radio" name="messages-from" checked=${one === value} onChange=${() => onChange(one)} />
          ${words}
        </label>`,
    )}
  </fieldset>`;
}

function problemOf({ nickname, about }: Profile): [field: string, words: string] {
  const length = characters(nickname);
  if (length < 1 || length > LONGEST_NICKNAME)
    return ['nickname', `A nickname has 1 to ${LONGEST_NICKNAME} characters.`];
  if (characters(about) > LONGEST_ABOUT) return ['about', `At most ${LONGEST_ABOUT} characters about you.`];
  return ['', ''];
}
