import { html } from 'htm/preact';
import { closedAdvice, type SignedInBy } from './reconnect.ts';
import type { Connection, RoomState } from './room-state.ts';
import { useIsNear, useSecondsUntil } from './use-store.ts';

/** How the connection is: a word in the head while it works, a banner with what to do when it doesn't. */

const WORDS = { connecting: 'Connecting', live: 'Live', waiting: 'Reconnecting', closed: 'Closed' } as const;

export function StatusChip({ connection }: { connection: Connection }) {
  return html`<p class="status ${connection.phase}" role="status">
    <span class="dot" aria-hidden="true"></span>${WORDS[connection.phase]}
    ${connection.phase === 'waiting' && html`<${Countdown} until=${connection.retryAt} />`}
  </p>`;
}

/** What a page offers to whoever is to sign in, or to sign in anew. */
export interface SignInOffer {
  by: SignedInBy;
  url: string;
}

export function SignInLink({ offer }: { offer: SignInOffer }) {
  return html`<a class="button" href=${offer.url}>${signInWords(offer)}</a>`;
}

export function signInWords({ by }: SignInOffer): string {
  return by === 'token' ? 'Give a token' : 'Sign in';
}

interface BannerProps {
  connection: Connection;
  signIn: SignInOffer;
  onConnect: () => void;
}

export function ConnectionBanner({ connection, signIn, onConnect }: BannerProps) {
  if (connection.phase !== 'waiting' && connection.phase !== 'closed') return null;
  const { reason, advice } = closedAdvice(connection.code, signIn.by);
  return html`<div class="banner ${connection.phase}" role="alert">
    <p><strong>${reason}</strong> ${advice}</p>
    <${ClosedOffer} code=${connection.code} signIn=${signIn} onConnect=${onConnect} />
  </div>`;
}

/** The one button for what can be done about a closed connection. */
export function ClosedOffer({ code, signIn, onConnect }: Omit<BannerProps, 'connection'> & { code: number }) {
  switch (closedAdvice(code).offer) {
    case 'sign-in':
      return html`<${SignInLink} offer=${signIn} />`;
    case 'reload':
      return html`<button onClick=${() => location.reload()}>Load again</button>`;
    case 'reconnect':
      return html`<button onClick=${onConnect}>Connect now</button>`;
  }
}

const SAID_BEFORE_MS = 60_000;

interface ExpiryProps {
  state: Pick<RoomState, 'connection' | 'signedInUntil'>;
  signIn: SignInOffer;
}

/** Said while there is time to do something about it; once it has happened the closed connection says so itself. */
export function ExpiryNotice({ state: { connection, signedInUntil }, signIn }: ExpiryProps) {
  const isNear = useIsNear(signedInUntil ?? Infinity, SAID_BEFORE_MS);
  if (!isNear || signedInUntil === null || connection.phase === 'closed') return null;
  return html`<div class="banner" role="status">
    <p>
      <strong>Your sign-in runs out<${Countdown} until=${signedInUntil} /><span class="unseen"> soon</span>.</strong>
      ${' '} ${RENEWALS[signIn.by]}
    </p>
    ${signIn.by === 'token' && html`<${SignInLink} offer=${signIn} />`}
  </div>`;
}

const RENEWALS = {
  token: 'Open the room again from the site to stay in it.',
  account: 'It is renewed as soon as the server can be reached.',
} as const;

/** Hidden from screen readers: a number that changes each second is no news worth hearing. */
function Countdown({ until }: { until: number }) {
  return html`<span aria-hidden="true"> in ${useSecondsUntil(until)} s</span>`;
}
