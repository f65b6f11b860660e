import { describe, expect, test } from '@jest/globals';
import { freshId } from '../../shared/ids.ts';
import {
  challengeOf,
  decideEntry,
  decideReturn,
  type ProviderPerson,
  readPerson,
  redirectFault,
  type StoredState,
} from './oauth.ts';
import type { Account } from './tables/accounts.ts';

const at = new Date('2026-01-01T12:00:00Z');
const verifier = 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk';

test('a challenge is the example of RFC 7636', () => {
  expect(challengeOf(verifier)).toBe('E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM');
});

test.each(['https://app.example/', 'https://app.example/signed-in', 'http://localhost:3000/messenger'])(
  '%s is a way back',
  (uri) => expect(redirectFault(uri)).toBeNull(),
);

test.each([
  '',
  '/signed-in',
  '//app.example/',
  'app.example',
  'javascript:alert(1)',
  'data:text/html,x',
  'com.example.app:/signed-in',
  'https://app.example',
  'https://app.example/#',
  'https://app.example/#/signed-in',
  'https://app.example/?',
  'https://app.example/?next=https://evil.example/',
  'https://user@app.example/',
  'https://app.example:x@evil.example/',
  'https://app.example\\@evil.example/',
  'HTTPS://app.example/',
  'https://APP.example/',
  'https://app.example:443/',
  'https://app.example/a/../b',
  ' https://app.example/',
  'https://app.exa\nmple/',
])('row 57: %j is no way back', (uri) => expect(redirectFault(uri)).toEqual(expect.any(String)));

describe('row 57: who comes back', () => {
  const stored: StoredState = {
    provider: 'google',
    nonce: 'n',
    redirectUri: 'https://app.example/',
    challenge: challengeOf(verifier),
    expiresAt: new Date(at.getTime() + 1),
  };
  const returned = { provider: 'google', redirectUri: 'https://app.example/', codeVerifier: verifier };

  test('with everything that was given passes', () => expect(decideReturn(stored, returned, at)).toBeNull());

  test.each([
    ['/state', null, returned],
    ['/state', { ...stored, expiresAt: at }, returned],
    ['/provider', stored, { ...returned, provider: 'github' }],
    ['/redirect_uri', stored, { ...returned, redirectUri: 'https://app.example/x' }],
    ['/redirect_uri', stored, { ...returned, redirectUri: 'https://app.example/#' }],
    ['/code_verifier', stored, { ...returned, codeVerifier: verifier.toLowerCase() }],
    // A challenge that stands for itself would be the method `plain`.
    ['/code_verifier', stored, { ...returned, codeVerifier: stored.challenge }],
  ])('otherwise is told %s', (path, state, said) => {
    expect(decideReturn(state, said, at)).toMatchObject({ path });
  });
});

describe('row 58: whose account it is', () => {
  const account = (more: Partial<Account> = {}): Account => ({
    id: freshId(),
    phone: null,
    email: 'ann@example.com',
    isEmailVerified: true,
    nickname: 'Ann',
    passwordHash: null,
    type: 'client',
    status: 'active',
    ...more,
  });
  const person = (more: Partial<ProviderPerson> = {}): ProviderPerson => ({
    issuer: 'https://accounts.example',
    subject: '1',
    email: 'ann@example.com',
    isEmailVerified: true,
    names: [],
    ...more,
  });
  const unverified = { isEmailVerified: false };

  test('one who was here before enters, whatever the provider says of their email by now', () => {
    const known = account();
    const other = account();
    expect(decideEntry(person(unverified), known, other)).toEqual({ kind: 'enter', account: known });
  });

  test('an email that both sides have verified is the same person', () => {
    const held = account();
    expect(decideEntry(person(), null, held)).toEqual({ kind: 'link', account: held });
  });

  test.each([
    ['the provider', person(unverified), account()],
    ['this service', person(), account(unverified)],
    ['either side', person(unverified), account(unverified)],
  ])('an email that is not verified by %s links nothing', (_side, said, held) => {
    expect(decideEntry(said, null, held)).toEqual({ kind: 'conflict' });
  });

  test('an email that nobody has, or none at all, makes an account', () => {
    expect(decideEntry(person(), null, null)).toEqual({ kind: 'create' });
    expect(decideEntry(person({ email: null, ...unverified }), null, null)).toEqual({ kind: 'create' });
  });

  test.each(['blocked', 'deleted'] as const)('who is %s does not enter', (status) => {
    expect(decideEntry(person(), account({ status }), null)).toEqual({ kind: 'refused' });
    expect(decideEntry(person(), null, account({ status }))).toEqual({ kind: 'refused' });
  });
});

describe('what a provider says', () => {
  test('is read as far as it concerns us', () => {
    const claims = { iss: 'i', sub: 's', email: 'a@b.c', email_verified: 'true', name: 'Ann B', nickname: 7 };
    expect(readPerson(claims)).toEqual({
      ...{ issuer: 'i', subject: 's', email: 'a@b.c', isEmailVerified: true },
      names: ['Ann B'],
    });
  });

  test.each([true, 'true'])('%j is verified', (email_verified) => {
    expect(readPerson({ iss: 'i', sub: 's', email: 'a@b.c', email_verified })?.isEmailVerified).toBe(true);
  });

  test.each([undefined, null, 1, 'yes', {}, 'TRUE'])('%j is not', (email_verified) => {
    expect(readPerson({ iss: 'i', sub: 's', email: 'a@b.c', email_verified })?.isEmailVerified).toBe(false);
  });

  test.each(['', 'x'.repeat(256), 'é', 'a\nb', 7, undefined])('%j names nobody', (sub) => {
    expect(readPerson({ iss: 'i', sub })).toBeNull();
  });
});
