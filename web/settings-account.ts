import { html } from 'htm/preact';
import type { VNode } from 'preact';
import { useState } from 'preact/hooks';
import { PASSWORD_RULE, passwordProblem } from './account-words.ts';
import { changePassword, deleteAccount } from './accounts.ts';
import { Done, Field, PasswordField, Trouble } from './field.ts';
import { sessionFrom } from './session-rules.ts';
import type { Site } from './site.ts';
import { useDeed } from './use-deed.ts';

/** One's password, and the end of the account. */

export function PasswordForm({ site }: { site: Site }): VNode {
  const [old, setOld] = useState('');
  const [password, setPassword] = useState('');
  const [done, setDone] = useState('');
  const deed = useDeed('password');
  const onSubmit = async (event: Event) => {
    event.preventDefault();
    setDone('');
    if (old === '') return deed.complain('Write the password that you have now.', 'old_password');
    const problem = passwordProblem(password);
    if (problem) return deed.complain(problem, 'password');
    const body = await deed.send([old, password], () => changePassword(site.api, old, password));
    if (!body) return;
    const session = sessionFrom(body, Date.now());
    if (session) site.keeper.keep(session);
    setOld('');
    setPassword('');
    setDone('Your password is changed. Everywhere else you are signed out.');
  };
  return html`<section class="panel" aria-labelledby="password-title">
    <h2 id="password-title">Your password</h2>
    <form onSubmit=${onSubmit} novalidate>
      <${PasswordField}
        id="old-password"
        label="The one you have"
        value=${old}
        onInput=${setOld}
        autocomplete="current-password"
        isWrong=${deed.field === 'old_password'}
      />
      <${PasswordField}
        id="new-password"
        label="The new one"
        value=${password}
        onInput=${setPassword}
        autocomplete="new-password"
        hint=${PASSWORD_RULE}
        isWrong=${deed.field === 'password'}
      />
      <${Trouble} words=${deed.words} />
      <${Done} words=${done} />
      <button class="primary" disabled=${deed.isSending}>Change the password</button>
    </form>
  </section>`;
}

const SPELL = 'delete';

export function DeleteForm({ site }: { site: Site }): VNode {
  const [isOpen, setOpen] = useState(false);
  const [typed, setTyped] = useState('');
  const deed = useDeed('leave');
  const onSubmit = async (event: Event) => {
    event.preventDefault();
    if (typed.trim().toLowerCase() !== SPELL) return deed.complain(`Write “${SPELL}” to delete your account.`, 'spell');
    if (await deed.send(SPELL, (key) => deleteAccount(site.api, key))) site.leave();
  };
  return html`<section class="panel" aria-labelledby="leave-title">
    <h2 id="leave-title">Leaving</h2>
    <p class="aside"><button onClick=${() => void site.signOut()}>Sign out on this device</button></p>
    ${!isOpen && html`<p class="aside"><button class="link danger" onClick=${() => setOpen(true)}>Delete my account…</button></p>`}
    ${
      isOpen &&
      html`<form onSubmit=${onSubmit} novalidate>
        <p class="warning">
          Your profile, your friends and every sign-in of yours end at once, and can’t be brought back. What you wrote
          in rooms and what you gave there stays, as the others have read it. Money that is left on your balance is not
          paid out by this: ask for it first.
        </p>
        <${Field}
          id="spell"
          label="Write “${SPELL}” to confirm"
          value=${typed}
          onInput=${setTyped}
          autocomplete="off"
          isWrong=${deed.field === 'spell'}
        />
        <${Trouble} words=${deed.words} />
        <p class="aside">
          <button class="danger asking" disabled=${deed.isSending}>Delete my account for good</button>
          <button type="button" class="quiet" onClick=${() => setOpen(false)}>Keep it</button>
        </p>
      </form>`
    }
  </section>`;
}
