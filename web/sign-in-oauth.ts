import { html } from 'htm/preact';
import type { VNode } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { accountFailureWords, OAUTH_NEEDS_TLS } from './account-words.ts';
import { providers } from './accounts.ts';
import type { Api } from './api.ts';
import { Trouble } from './field.ts';
import { beginOAuth, mayBegin } from './oauth.ts';

interface ProvidersProps {
  api: Api;
  /** Where to go afterwards; "" for the usual place. */
  next: string;
}

/** The other ways in, where the server has any. */
export function Providers({ api, next }: ProvidersProps): VNode | null {
  const [names, setNames] = useState<string[]>([]);
  const [isLeaving, setLeaving] = useState(false);
  const [words, setWords] = useState('');
  useEffect(() => void providers(api).then(setNames), [api]);
  if (names.length === 0) return null;
  const begin = async (name: string) => {
    setWords('');
    if (!mayBegin()) return setWords(OAUTH_NEEDS_TLS);
    setLeaving(true);
    const failure = await beginOAuth(api, name, next);
    setLeaving(false);
    setWords(accountFailureWords(failure, 'oauth'));
  };
  return html`<div class="providers">
    <p class="or"><span>or</span></p>
    ${names.map((name) => html`<button type="button" disabled=${isLeaving} onClick=${() => void begin(name)}>Continue with ${titleOf(name)}</button>`)}
    <${Trouble} words=${words} />
  </div>`;
}

/** "google" → "Google". */
function titleOf(name: string): string {
  return name.charAt(0).toUpperCase() + name.slice(1);
}
