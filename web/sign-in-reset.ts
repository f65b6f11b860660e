import { html } from 'htm/preact';
import type { VNode } from 'preact';
import { useState } from 'preact/hooks';
import { PASSWORD_RULE, passwordProblem, RESET_ASKED } from './account-words.ts';
import { forgotPassword, resetPassword } from './accounts.ts';
import type { Api } from './api.ts';
import { Done, Field, PasswordField, Trouble } from './field.ts';
import { identifierOf } from './identifier.ts';
import { useDeed } from './use-deed.ts';

/** For whoever has forgotten their password: asking for a link or a code, and choosing another with it. */

interface ForgotProps {
  api: Api;
  onBack: () => void;
  onCode: () => void;
}

/** Says the same whether there is such an account or not. */
export function Forgot({ api, onBack, onCode }: ForgotProps): VNode {
  const [name, setName] = useState('');
  const [isAsked, setAsked] = useState(false);
  const deed = useDeed('reset');
  const onSubmit = async (event: Event) => {
    event.preventDefault();
    setAsked(false);
    if (name.trim() === '') return deed.complain('Say who you are: by phone, e-mail or nickname.', 'name');
    const who = identifierOf(name);
    if (await deed.send(who, (key) => forgotPassword(api, who, key))) setAsked(true);
  };
  return html`<form onSubmit=${onSubmit} novalidate>
    <${Field}
      id="name"
      label="Phone, e-mail or nickname"
      value=${name}
      onInput=${setName}
      autocomplete="username"
      hint="The message goes to the e-mail address that the account has."
      isWrong=${deed.field === 'name'}
    />
    <${Trouble} words=${deed.words} />
    <${Done} words=${isAsked ? RESET_ASKED : ''} />
    <button class="primary" disabled=${deed.isSending}>Send me a message</button>
    <p class="aside">
      <button type="button" class="link" onClick=${onBack}>Back to signing in</button>
      <button type="button" class="link" onClick=${onCode}>I have a code</button>
    </p>
  </form>`;
}

interface NewPasswordProps {
  api: Api;
  /** From the link; "" where its person types it. */
  token: string;
  /** The password is set; signing in comes next. */
  onSet: () => void;
  onForgot: () => void;
}

export function NewPassword({ api, token, onSet, onForgot }: NewPasswordProps): VNode {
  const [code, setCode] = useState(token);
  const [password, setPassword] = useState('');
  const deed = useDeed('new-password');
  const onSubmit = async (event: Event) => {
    event.preventDefault();
    if (code.trim() === '') return deed.complain('Write the code from the message.', 'token');
    const problem = passwordProblem(password);
    if (problem) return deed.complain(problem, 'password');
    const content = [code.trim(), password] as const;
    if (await deed.send(content, (key) => resetPassword(api, ...content, key))) onSet();
  };
  return html`<form onSubmit=${onSubmit} novalidate>
    ${
      token === '' &&
      html`<${Field}
        id="code"
        label="The code from the message"
        value=${code}
        onInput=${setCode}
        autocomplete="one-time-code"
        isWrong=${deed.field === 'token'}
      />`
    }
    <${PasswordField}
      id="password"
      label="New password"
      value=${password}
      onInput=${setPassword}
      autocomplete="new-password"
      hint=${PASSWORD_RULE}
      isWrong=${deed.field === 'password'}
    />
    <${Trouble} words=${deed.words} />
    <button class="primary" disabled=${deed.isSending}>Set the new password</button>
    <p class="aside"><button type="button" class="link" onClick=${onForgot}>Ask for another message</button></p>
  </form>`;
}
