import { html } from 'htm/preact';
import type { VNode } from 'preact';
import { useState } from 'preact/hooks';
import { emailProblem, PASSWORD_RULE, passwordProblem, phoneProblem } from './account-words.ts';
import { logIn, signUp } from './accounts.ts';
import type { Api } from './api.ts';
import { Field, PasswordField, Trouble } from './field.ts';
import type { Json } from './frames.ts';
import { identifierOf, plainPhone } from './identifier.ts';
import { useDeed } from './use-deed.ts';

/** The two ways in: with an account that there is, and with a new one. */

export interface WayInProps {
  /** Of nobody. */
  api: Api;
  /** The answer has a session. */
  onSession: (body: Json) => void;
}

export function LogIn({ api, onSession, onForgot }: WayInProps & { onForgot: () => void }): VNode {
  const [name, setName] = useState('');
  const [password, setPassword] = useState('');
  const deed = useDeed('sign-in');
  const onSubmit = async (event: Event) => {
    event.preventDefault();
    if (name.trim() === '') return deed.complain('Say who you are: by phone, e-mail or nickname.', 'name');
    if (password === '') return deed.complain('Write your password.', 'password');
    const who = identifierOf(name);
    const body = await deed.send([who, password], () => logIn(api, who, password));
    if (body) onSession(body);
  };
  return html`<form onSubmit=${onSubmit} novalidate>
    <${Field}
      id="name"
      label="Phone, e-mail or nickname"
      value=${name}
      onInput=${setName}
      autocomplete="username"
      isWrong=${deed.field === 'name'}
    />
    <${PasswordField}
      id="password"
      label="Password"
      value=${password}
      onInput=${setPassword}
      autocomplete="current-password"
      isWrong=${deed.field === 'password'}
    />
    <${Trouble} words=${deed.words} />
    <button class="primary" disabled=${deed.isSending}>Sign in</button>
    <p class="aside">
      <button type="button" class="link" onClick=${onForgot}>Forgot your password?</button>
    </p>
  </form>`;
}

const NOTHING = { phone: '', password: '', nickname: '', email: '' };
type Wish = typeof NOTHING;

export function SignUp({ api, onSession }: WayInProps): VNode {
  const [wish, setWish] = useState<Wish>(NOTHING);
  const deed = useDeed('sign-up');
  const set = (field: keyof Wish) => (value: string) => setWish((before) => ({ ...before, [field]: value }));
  const onSubmit = async (event: Event) => {
    event.preventDefault();
    const [field, problem] = problemOf(wish);
    if (problem) return deed.complain(problem, field);
    const content = toSend(wish);
    const body = await deed.send(content, (key) => signUp(api, content, key));
    if (body) onSession(body);
  };
  const props = (field: keyof Wish) => ({
    id: field,
    value: wish[field],
    onInput: set(field),
    isWrong: deed.field === field,
  });
  return html`<form onSubmit=${onSubmit} novalidate>
    <${Field}
      ...${props('phone')}
      label="Phone number"
      type="tel"
      autocomplete="tel"
      placeholder="+1 202 555 0142"
      hint="With + and its country. It is for signing in, and is shown to nobody."
    />
    <${PasswordField} ...${props('password')} label="Password" autocomplete="new-password" hint=${PASSWORD_RULE} />
    <${Field}
      ...${props('nickname')}
      label="Nickname, if you like"
      autocomplete="nickname"
      hint="What others see and find you by. Without one you get a made-up one; it can be changed."
    />
    <${Field}
      ...${props('email')}
      label="E-mail, if you like"
      type="email"
      autocomplete="email"
      hint="For a new password, should you forget yours. It can’t be added later."
    />
    <${Trouble} words=${deed.words} />
    <button class="primary" disabled=${deed.isSending}>Create the account</button>
  </form>`;
}

function problemOf({ phone, password, email }: Wish): [field: string, words: string] {
  const problems: [string, string][] = [
    ['phone', phoneProblem(phone)],
    ['password', passwordProblem(password)],
    ['email', emailProblem(email.trim())],
  ];
  return problems.find(([, words]) => words !== '') ?? ['', ''];
}

function toSend({ phone, password, nickname, email }: Wish) {
  return {
    phone: plainPhone(phone),
    password,
    ...(nickname.trim() && { nickname: nickname.trim() }),
    ...(email.trim() && { email: email.trim() }),
  };
}
