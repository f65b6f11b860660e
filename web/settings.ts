import { html, render } from 'htm/preact';
import type { VNode } from 'preact';
import { DeleteForm, PasswordForm } from './settings-account.ts';
import { ProfileForm } from './settings-profile.ts';
import { RoomForm } from './settings-room.ts';
import { keepSignedIn, openSite, SiteHead, type Site } from './site.ts';

/** The page of one's own account: what others see, one's room, the password, and leaving. */

function Settings({ site }: { site: Site }): VNode {
  return html`<div class="site">
    <a class="skip" href="#settings">Skip to the settings</a>
    <${SiteHead} site=${site} current="settings" />
    <main id="settings" class="columns" tabindex="-1">
      <h1 class="unseen">Settings</h1>
      <div class="column">
        <${ProfileForm} site=${site} />
        <${PasswordForm} site=${site} />
      </div>
      <div class="column">
        <${RoomForm} site=${site} />
        <${DeleteForm} site=${site} />
      </div>
    </main>
  </div>`;
}

function start(root: HTMLElement): void {
  const site = openSite('./');
  if (!keepSignedIn(site, './')) return;
  root.replaceChildren();
  render(html`<${Settings} site=${site} />`, root);
}

const root = document.getElementById('page');
if (root) start(root);
