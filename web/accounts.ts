import type { Answer, Api } from './api.ts';
import { string, type Json } from './frames.ts';
import type { Identifier } from './identifier.ts';

/** What a person asks of their account, as the routes take it. `key` is the one of the intention. */

export const SHORTEST_PASSWORD = 8;
export const LONGEST_PASSWORD = 256;

export interface SignUp {
  phone: string;
  password: string;
  nickname?: string;
  email?: string;
}

/** Answered as `sessionFrom` reads it, by `logIn` and `exchange` too. */
export function signUp(api: Api, wish: SignUp, key: string): Promise<Answer> {
  return api.post('register', { ...wish }, key);
}

export function logIn(api: Api, who: Identifier, password: string): Promise<Answer> {
  return api.try('login', { ...who, password });
}

/** The code that a provider sent its person back with; it can be used once. */
export interface Exchange {
  provider: string;
  code: string;
  state: string;
  redirect_uri: string;
  code_verifier: string;
  /** Who says that it is theirs (RFC 9207), where the provider does. */
  iss?: string;
}

export function exchange(api: Api, given: Exchange): Promise<Answer> {
  return api.try('oauth', { ...given });
}

/** The names of the other ways in; none where the server can't be reached. */
export async function providers(api: Api): Promise<string[]> {
  const answer = await api.get('oauth');
  const names: unknown = answer.ok ? answer.body.providers : null;
  return Array.isArray(names) ? names.map(string).filter(Boolean) : [];
}

/** Where to send a person who signs in by a provider. The answer has `url` and `state`. */
export function authorization(api: Api, provider: string, redirectUri: string, challenge: string): Promise<Answer> {
  const query = new URLSearchParams({
    redirect_uri: redirectUri,
    code_challenge: challenge,
    code_challenge_method: 'S256',
  });
  return api.get(`oauth/${encodeURIComponent(provider)}?${query.toString()}`);
}

/** Answered alike whether there is such an account or not. */
export function forgotPassword(api: Api, who: Identifier, key: string): Promise<Answer> {
  return api.post('password/reset', { ...who }, key);
}

export function resetPassword(api: Api, token: string, password: string, key: string): Promise<Answer> {
  return api.post('password/reset/confirm', { token, password }, key);
}

/** One try: once it is changed, the old one is no longer right, and a second try would only say that. */
export function changePassword(api: Api, old: string, password: string): Promise<Answer> {
  return api.try('password', { old_password: old, password }, 'PUT');
}

/** One try: whoever leaves does not wait. */
export function logOut(api: Api): Promise<Answer> {
  return api.try('logout', null);
}

export function deleteAccount(api: Api, key: string): Promise<Answer> {
  return api.send('DELETE', 'me', null, key);
}

export type MessagesFrom = 'everyone' | 'friends';

/** One's own, as it is shown and changed. */
export interface Profile {
  nickname: string;
  about: string;
  messagesFrom: MessagesFrom;
}

export function readProfile(body: Json): Profile {
  const messagesFrom = body.messages_from === 'friends' ? 'friends' : 'everyone';
  return { nickname: string(body.nickname), about: string(body.about), messagesFrom };
}

/** @param change what it is to be; the rest stays as it is */
export function saveProfile(api: Api, change: Partial<Profile>, key: string): Promise<Answer> {
  const { nickname, about, messagesFrom } = change;
  const body = {
    ...(nickname !== undefined && { nickname }),
    ...(about !== undefined && { about }),
    ...(messagesFrom !== undefined && { messages_from: messagesFrom }),
  };
  return api.send('PUT', 'profile', body, key);
}

/** Of a wish only what differs from what is; null where nothing does. */
export function changesOf(profile: Profile, wish: Profile): Partial<Profile> | null {
  const change = {
    ...(wish.nickname !== profile.nickname && { nickname: wish.nickname }),
    ...(wish.about !== profile.about && { about: wish.about }),
    ...(wish.messagesFrom !== profile.messagesFrom && { messagesFrom: wish.messagesFrom }),
  };
  return Object.keys(change).length > 0 ? change : null;
}

export function openRoom(api: Api, name: string, key: string): Promise<Answer> {
  return api.post('room', { name }, key);
}
