import { nextPath } from './identifier.ts';

/** What the sign-in page begins with, from its address. */
export interface Start {
  mode: Mode;
  /** Of the link to set a new password; "" without one. */
  resetToken: string;
  /** Where to go afterwards; null: to the people. */
  next: string | null;
  /** The last session has ended by itself. */
  hasEnded: boolean;
}

export type Mode = 'sign-in' | 'sign-up' | 'forgot' | 'new-password';

/** @param search `location.search` @param hash `location.hash`, which browsers send nowhere */
export function readStart(search: string, hash: string): Start {
  const asked = new URLSearchParams(search);
  const resetToken = new URLSearchParams(hash.slice(1)).get('reset') || asked.get('reset') || '';
  return {
    mode: resetToken ? 'new-password' : asked.has('new') ? 'sign-up' : 'sign-in',
    resetToken,
    next: nextPath(asked.get('next')),
    hasEnded: asked.get('why') === 'ended',
  };
}

/** What stays in the address bar: nothing that lets in whoever reads it there. */
export function cleanSearch(search: string): string {
  const asked = new URLSearchParams(search);
  for (const name of ['reset', 'code', 'state', 'error', 'error_description', 'error_uri', 'iss', 'session_state']) {
    asked.delete(name);
  }
  const rest = asked.toString();
  return rest && `?${rest}`;
}
