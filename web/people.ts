import { html, render } from 'htm/preact';
import type { VNode } from 'preact';
import { useEffect } from 'preact/hooks';
import { PeopleLists } from './people-lists.ts';
import { PeopleSearch } from './people-search.ts';
import { startPeopleSession, type PeopleSession } from './people-session.ts';
import { keepSignedIn, openSite, SiteHead, useMe, type Site } from './site.ts';
import { useStore } from './use-store.ts';

/** The page of people: finding them, asking them, and those who are one's friends. */

function People({ site, session }: { site: Site; session: PeopleSession }): VNode {
  const state = useStore(session.store);
  const me = useMe(site.keeper);
  const waiting = state.lists?.incoming.length ?? 0;
  useEffect(() => {
    document.title = `${waiting > 0 ? `(${waiting}) ` : ''}People · Rostra`;
  }, [waiting]);
  return html`<div class="site">
    <a class="skip" href="#search">Skip to finding people</a>
    <${SiteHead} site=${site} current="people" />
    <main class="columns">
      <h1 class="unseen">People</h1>
      <p class="unseen" role="status">${state.news}</p>
      <div class="column"><${PeopleSearch} state=${state} session=${session} me=${me?.uuid ?? ''} /></div>
      <div class="column">
        <div role="alert">${state.trouble && html`<p class="trouble">${state.trouble}</p>`}</div>
        <${PeopleLists} state=${state} session=${session} />
      </div>
    </main>
  </div>`;
}

function start(root: HTMLElement): void {
  const site = openSite('./');
  if (!keepSignedIn(site, './')) return;
  const session = startPeopleSession(site.api);
  root.replaceChildren();
  render(html`<${People} site=${site} session=${session} />`, root);
}

const root = document.getElementById('page');
if (root) start(root);
