import { html } from 'htm/preact';
import type { VNode } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { logOut } from './accounts.ts';
import type { Api } from './api.ts';
import { readConfig } from './config.ts';
import { markIcon } from './icons.ts';
import { createSessionApi, openSession, type SessionKeeper } from './session.ts';
import { decodeToken } from './token.ts';

/** What the pages of people have in common: who is signed in, their head, and the way to the sign-in and out of it. */
export interface Site {
  keeper: SessionKeeper;
  /** Asks as the person who is signed in. */
  api: Api;
  signOut(): Promise<void>;
  /** Forgets the session here, and goes to the first page. */
  leave(): void;
  isLeaving(): boolean;
}

/** @param root from the page's address to the root of the pages: "./" or "../" */
export function openSite(root: string): Site {
  const { apiRoot } = readConfig();
  const keeper = openSession(apiRoot);
  const api = createSessionApi(apiRoot, keeper);
  let isLeaving = false;
  const leave = () => {
    isLeaving = true;
    keeper.forget();
    location.assign(root);
  };
  return {
    keeper,
    api,
    async signOut() {
      // Out of reach or not: on this machine it ends here. The server's side of it runs out by itself.
      await logOut(api);
      leave();
    },
    leave,
    isLeaving: () => isLeaving,
  };
}

/** The address of the sign-in, which leads back to this page. @param hasEnded says there that the last one has ended */
export function signInAddress(root: string, hasEnded = false): string {
  return `${root}sign-in?next=${encodeURIComponent(location.pathname)}${hasEnded ? '&why=ended' : ''}`;
}

/**
 * For a page that shows nothing to whoever isn't signed in: leads to the sign-in, now and whenever the person is
 * another. @returns whether somebody is signed in
 */
export function keepSignedIn({ keeper, isLeaving }: Site, root: string): boolean {
  const uuid = keeper.current()?.uuid;
  if (uuid === undefined) {
    location.replace(signInAddress(root));
    return false;
  }
  keeper.onChange((session, hasEnded) => {
    if (session && session.uuid !== uuid) location.reload();
    if (!session && !isLeaving()) location.replace(signInAddress(root, hasEnded));
  });
  return true;
}

export interface Me {
  uuid: string;
  name: string;
  isUser: boolean;
}

/** Who is signed in, as their newest token says. */
export function useMe(keeper: SessionKeeper): Me | null {
  const [me, setMe] = useState(() => meOf(keeper));
  useEffect(() => keeper.onChange(() => setMe(meOf(keeper))), [keeper]);
  return me;
}

export function meOf(keeper: SessionKeeper): Me | null {
  const session = keeper.current();
  if (!session) return null;
  const identity = decodeToken(session.token);
  return { uuid: session.uuid, name: identity?.name || 'you', isUser: identity?.isUser === true };
}

interface HeadProps {
  site: Site;
  /** Which of its pages this is. */
  current: 'people' | 'settings';
}

const PAGES = [
  ['people', 'People'],
  ['settings', 'Settings'],
] as const;

export function SiteHead({ site, current }: HeadProps): VNode {
  const me = useMe(site.keeper);
  const [isLeaving, setLeaving] = useState(false);
  const leave = () => {
    setLeaving(true);
    void site.signOut();
  };
  return html`<header class="site-head">
    <a class="wordmark" href="./" aria-label="Rostra">${markIcon()}<span>Rostra</span></a>
    <nav aria-label="Your pages">
      ${PAGES.map(([page, words]) => html`<a href=${page} aria-current=${page === current ? 'page' : null}>${words}</a>`)}
    </nav>
    ${me && html`<p class="me">Signed in as <bdi>${me.name}</bdi></p>`}
    <button class="quiet" disabled=${isLeaving} onClick=${leave}>Sign out</button>
  </header>`;
}
