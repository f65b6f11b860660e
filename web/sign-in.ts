import { html, render } from 'htm/preact';
import type { VNode } from 'preact';
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { accountFailureWords, generalWords } from './account-words.ts';
import { exchange } from './accounts.ts';
import { createApi, OUT_OF_REACH, type Api } from './api.ts';
import { readConfig } from './config.ts';
import { Done, Trouble } from './field.ts';
import type { Json } from './frames.ts';
import { nextPath } from './identifier.ts';
import { markIcon } from './icons.ts';
import { decideReturn, takeBegun, type Return } from './oauth.ts';
import { sessionFrom } from './session-rules.ts';
import { LogIn, SignUp } from './sign-in-forms.ts';
import { Providers } from './sign-in-oauth.ts';
import { Forgot, NewPassword } from './sign-in-reset.ts';
import { cleanSearch, readStart, type Mode, type Start } from './sign-in-start.ts';
import { meOf, openSite, type Site } from './site.ts';
import { Tabs } from './tabs.ts';

/** The page where a person signs in, or makes an account. */

const TITLES: Record<Mode, string> = {
  'sign-in': 'Sign in',
  'sign-up': 'Create an account',
  forgot: 'Forgot your password?',
  'new-password': 'Choose a new password',
};

const TAB_TITLES = { 'sign-in': TITLES['sign-in'], 'sign-up': TITLES['sign-up'] };

const ENDED = 'Your sign-in has ended. Sign in again to go on.';
const SET = 'Your new password is set. Sign in with it.';

interface PageProps {
  site: Site;
  api: Api;
  start: Start;
  returned: Return;
}

function Page({ site, api, start, returned }: PageProps): VNode {
  const [mode, setMode] = useState<Mode>(start.mode);
  const [done, setDone] = useState(start.hasEnded ? ENDED : '');
  const [isEntering, setEntering] = useState(false);
  const enter = (body: Json, next: string | null): string => {
    const session = sessionFrom(body, Date.now());
    if (!session) return generalWords({ ...OUT_OF_REACH, status: 500 });
    setEntering(true);
    site.keeper.keep(session);
    location.replace(next ?? './people');
    return '';
  };
  const trouble = useReturn(api, returned, enter);
  const change = (to: Mode) => {
    setDone('');
    setMode(to);
  };
  const onSet = () => {
    // The old password's sessions have ended, the one of this browser among them.
    site.keeper.forget();
    change('sign-in');
    setDone(SET);
  };
  const heading = useFocusOnChange(mode);
  const onSession = (body: Json) => void enter(body, start.next);
  if (isEntering || trouble === null) return html`<p class="waiting" role="status">Signing you in…</p>`;
  const isTab = mode === 'sign-in' || mode === 'sign-up';
  return html`<section class="panel">
    <h1 ref=${heading} tabindex="-1">${isTab ? 'Welcome' : TITLES[mode]}</h1>
    <${Trouble} words=${trouble} />
    <${Done} words=${done} />
    ${isTab && html`<${Tabs} label="Ways in" titles=${TAB_TITLES} current=${mode} onChange=${change} />`}
    <div ...${isTab ? { id: 'tab-panel', role: 'tabpanel', 'aria-labelledby': `tab-${mode}` } : {}}>
      ${mode === 'sign-in' && html`<${LogIn} api=${api} onSession=${onSession} onForgot=${() => change('forgot')} />`}
      ${mode === 'sign-up' && html`<${SignUp} api=${api} onSession=${onSession} />`}
      ${mode === 'forgot' && html`<${Forgot} api=${api} onBack=${() => change('sign-in')} onCode=${() => change('new-password')} />`}
      ${
        mode === 'new-password' &&
        html`<${NewPassword} api=${api} token=${start.resetToken} onSet=${onSet} onForgot=${() => change('forgot')} />`
      }
    </div>
    ${isTab && html`<${Providers} api=${api} next=${start.next ?? ''} />`}
  </section>`;
}

const OAUTH_DECLINED = 'Signing in there was called off. Nothing has been changed.';
const OAUTH_FOREIGN = 'This answer is to something that this tab did not ask for. Sign in again.';

/** What came of a provider's answer: null while it is being exchanged, words where it could not be, "" for none. */
function useReturn(api: Api, returned: Return, enter: (body: Json, next: string | null) => string): string | null {
  const [words, setWords] = useState<string | null>(returned.type === 'exchange' ? null : '');
  useEffect(() => {
    if (returned.type === 'declined') setWords(OAUTH_DECLINED);
    if (returned.type === 'foreign') setWords(OAUTH_FOREIGN);
    if (returned.type !== 'exchange') return;
    void exchange(api, returned.given).then((answer) => {
      if (answer.ok) setWords(enter(answer.body, nextPath(returned.next)));
      else setWords(accountFailureWords(answer.failure, 'oauth'));
    });
  }, []);
  return words;
}

/** What has just appeared is read first; not on arrival, where the page itself is. */
function useFocusOnChange(mode: Mode) {
  const heading = useRef<HTMLHeadingElement>(null);
  const before = useRef(mode);
  useEffect(() => {
    const isTab = (one: Mode) => one === 'sign-in' || one === 'sign-up';
    // Between tabs the focus stays on the tab that was chosen.
    if (before.current !== mode && !(isTab(before.current) && isTab(mode))) heading.current?.focus();
    before.current = mode;
  }, [mode]);
  return heading;
}

/** For somebody who is signed in already, and has no link to a new password. */
function Already({ site, next }: { site: Site; next: string | null }): VNode {
  const me = useMemo(() => meOf(site.keeper), []);
  return html`<section class="panel">
    <h1>You are signed in</h1>
    <p class="who-is-in">as <bdi>${me?.name}</bdi></p>
    <a class="button primary" href=${next ?? './people'}>Go on</a>
    <p class="aside"><button class="link" onClick=${() => void site.signOut()}>Sign out</button></p>
  </section>`;
}

function start(root: HTMLElement): void {
  const asked = new URLSearchParams(location.search);
  const begins = readStart(location.search, location.hash);
  const returned = decideReturn(asked, asked.has('state') ? takeBegun() : null);
  history.replaceState(null, '', location.pathname + cleanSearch(location.search));
  const site = openSite('./');
  const api = createApi(readConfig().apiRoot, () => null);
  const isIn = site.keeper.current() !== null && returned.type === 'none' && begins.mode !== 'new-password';
  root.replaceChildren();
  const page = html`<main class="front alone narrow">
    <a class="wordmark" href="./">${markIcon()}<span>Rostra</span></a>
    ${isIn ? html`<${Already} site=${site} next=${begins.next} />` : html`<${Page} site=${site} api=${api} start=${begins} returned=${returned} />`}
    ${begins.next?.includes('/room/') && html`<p class="aside">Have you a token of the streaming site? <a href="./?room=${begins.next.split('/').at(-1)}">Open the room with it</a>.</p>`}
  </main>`;
  render(page, root);
}

const root = document.getElementById('page');
if (root) start(root);
// A link out of a mail, opened where this page is open already, changes nothing but the address.
addEventListener('hashchange', () => new URLSearchParams(location.hash.slice(1)).has('reset') && location.reload());
