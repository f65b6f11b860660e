import { html, render } from 'htm/preact';
import type { VNode } from 'preact';
import { useEffect, useMemo, useState } from 'preact/hooks';
import { readConfig } from './config.ts';
import { moment } from './format.ts';
import { checkIcon, markIcon, warningIcon } from './icons.ts';
import { Dependencies, Groups } from './ops-groups.ts';
import { decideHeadline, type Headline, type Tone } from './ops-headline.ts';
import { Letters } from './ops-letters.ts';
import { RoomEvents } from './ops-room.ts';
import { startOpsSession, type OpsSession } from './ops-session.ts';
import { SignIn } from './ops-sign-in.ts';
import { keepToken, takeToken } from './token.ts';
import { useNow, useStore } from './use-store.ts';

/** The operator's page: is something wrong, what is it, and what was set aside. */

/** Under which the tab keeps the token; no room has this id. */
const PLACE = 'ops';
const MARKS: Readonly<Record<Tone, string>> = { good: '✓', warning: '!', bad: '✕', unknown: '…' };

function Operations({ apiRoot }: { apiRoot: URL }): VNode {
  const [token, setToken] = useState(() => takeToken(PLACE));
  const session = useMemo(() => (token === null ? null : startOpsSession(apiRoot, token)), [token]);
  useEffect(() => () => session?.stop(), [session]);
  useEffect(() => {
    const onHashChange = () => location.hash.startsWith('#token=') && setToken(takeToken(PLACE));
    addEventListener('hashchange', onHashChange);
    return () => removeEventListener('hashchange', onHashChange);
  }, []);
  const change = (next: string | null) => {
    keepToken(PLACE, next);
    setToken(next);
  };
  return html`<div>
    <a class="skip" href="#headline">Skip to how it is</a>
    <header class="ops-head">
      <a class="wordmark" href="./">${markIcon()}<span>Rostra</span></a>
      <h1>Operations</h1>
      ${session && html`<button class="quiet" onClick=${() => change(null)}>Sign out</button>`}
    </header>
    <main class="ops">
      ${session ? html`<${Overview} key=${token} session=${session} onToken=${change} />` : html`<${SignIn} onToken=${change} />`}
    </main>
  </div>`;
}

function Overview({ session, onToken }: { session: OpsSession; onToken: (token: string) => void }): VNode {
  const state = useStore(session.store);
  const now = useNow(1_000);
  const headline = decideHeadline(state, now);
  const isRefused = state.failure?.status === 401 || state.failure?.status === 404;
  return html`<${Sentence} headline=${headline} at=${state.statusAt} now=${now} />
    ${isRefused && html`<${SignIn} onToken=${onToken} />`}
    ${
      state.status &&
      html`<div class="ops-now ${state.failure ? 'past' : ''}">
        <${Groups} readings=${state.readings} />
        <${Dependencies} status=${state.status} />
      </div>`
    }
    ${!isRefused && html`<${Letters} state=${state} session=${session} now=${now} /><${RoomEvents} session=${session} />`}`;
}

interface SentenceProps {
  headline: Headline;
  at: number | null;
  now: number;
}

function Sentence({ headline: { tone, words, detail, key }, at, now }: SentenceProps): VNode {
  useEffect(() => {
    document.title = `${MARKS[tone]} ${words} · Rostra`;
  }, [tone, words]);
  // Its numbers change every few seconds; read aloud is only what has become another thing.
  const aloud = useMemo(() => `${words}. ${detail}`, [key]);
  return html`<section id="headline" class="sentence ${tone}" aria-labelledby="sentence" tabindex="-1">
    ${tone === 'good' ? checkIcon() : warningIcon()}
    <div>
      <h2 id="sentence">${words}</h2>
      ${detail && html`<p class="detail">${detail}</p>`}
    </div>
    ${at !== null && html`<p class="as-of">as of <time datetime=${new Date(at).toISOString()}>${moment(at)}</time>${age(at, now)}</p>`}
    <p class="unseen" role="status">${aloud}</p>
  </section>`;
}

function age(at: number, now: number): string {
  const seconds = Math.max(0, Math.round((now - at) / 1_000));
  return seconds < 10 ? '' : `, ${seconds < 120 ? `${seconds} s` : `${Math.round(seconds / 60)} minutes`} ago`;
}

const root = document.getElementById('page');
if (root) {
  root.replaceChildren();
  render(html`<${Operations} apiRoot=${readConfig().apiRoot} />`, root);
}
