import { createHmac, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { afterEach, describe, expect, test } from '@jest/globals';
import jwt from 'jsonwebtoken';
import { freshId } from './ids.ts';
import { createVerifier } from './jwt.ts';
import { ACCESS_TOKEN_S, followOwnTokens, type OwnTokens, REVOCATION_MS, type Verification } from './own-tokens.ts';
import { testLog } from './testing/environment.ts';

const SITE_SECRET = 'the secret of the site, long enough for all';
const sessions = { open: freshId(), ended: freshId() };
const closing: OwnTokens[] = [];
afterEach(() => closing.splice(0).forEach((own) => own.close()));

function key(kid: string) {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return {
    kid,
    privateKey,
    publicKey,
    jwk: JSON.stringify({ ...publicKey.export({ format: 'jwk' }), kid, alg: 'ES256' }),
  };
}
const [first, second] = [key('first'), key('second')];

/** The auth service as others see it: what it answers now, or null where it is away. */
function authService(initial: Verification | null) {
  const auth = { answer: initial, asked: 0 };
  const own = followOwnTokens({
    ask: async () => {
      auth.asked++;
      if (!auth.answer) throw new Error('away');
      return auth.answer;
    },
    log: testLog,
  });
  closing.push(own);
  const keys = { secret: SITE_SECRET, publicKey: null, jwks: null, issuer: 'site', audience: 'rooms' };
  const verifier = createVerifier({ ...keys, own, now: Date.now });
  return { auth, own, verifier, taken: (token: string) => verifier.verify(token).then(() => true, reason) };
}
const reason = (error: unknown) => (error as Error).message;
const known: Verification = { keys: [first], revoked_sessions: [sessions.ended] };

function sign(claims: object = {}, options: jwt.SignOptions = {}, privateKey: KeyObject = first.privateKey): string {
  const all = {
    sub: freshId(),
    type: 'client',
    name: 'Ann',
    iss: 'rostra',
    typ: 'access',
    sid: sessions.open,
    ...claims,
  };
  return jwt.sign(all, privateKey, { algorithm: 'ES256', keyid: 'first', expiresIn: ACCESS_TOKEN_S, ...options });
}

test('a token of our own is taken, beside those of the site, and names its session', async () => {
  const { verifier, taken } = authService(known);
  const { caller } = await verifier.verify(sign());
  expect(caller).toMatchObject({ issuer: 'rostra', session: sessions.open, name: 'Ann', owner: null });
  const site = { iss: 'site', aud: 'rooms', sub: freshId(), type: 'client' };
  expect(await taken(jwt.sign(site, SITE_SECRET, { expiresIn: 60 }))).toBe(true);
});

describe('refused is', () => {
  test.each([
    ['row 2: no signature', () => `${sign().split('.').slice(0, 2).join('.')}.`],
    ['row 2: the algorithm none', () => unsigned({ alg: 'none', kid: 'first' })],
    ['row 2: the algorithm none behind the head of another', () => unsigned({ alg: 'ES256', kid: 'first' })],
    [
      'row 3: HS256 with the public key as its secret',
      () => hmac(first.publicKey.export({ type: 'spki', format: 'pem' })),
    ],
    ["row 3: HS256 with the site's own secret", () => hmac(SITE_SECRET)],
    ['row 4: what has ended', () => sign({}, { expiresIn: -10 })],
    ['row 4: what has not begun', () => sign({ nbf: Math.floor(Date.now() / 1_000) + 60 })],
    [
      'row 4: what never ends',
      () => jwt.sign(claimsOf(sign()), first.privateKey, { algorithm: 'ES256', keyid: 'first' }),
    ],
    ['row 5: a refresh token', () => sign({ typ: 'refresh' })],
    ['row 5: a token of no kind', () => sign({ typ: undefined })],
    ['row 5: a token of no session', () => sign({ sid: undefined })],
    ['row 5: a key of ours behind another issuer', () => sign({ iss: 'site', aud: 'rooms' })],
    ['row 6: a key that nobody knows', () => sign({}, { keyid: 'other' })],
    ['row 6: a path as key', () => sign({}, { keyid: '../../dev/null' })],
    [
      'row 6: a key of theirs in the header',
      () => sign({}, { header: { alg: 'ES256', kid: 'x', jwk: second.jwk } as never }, second.privateKey),
    ],
    ['row 6: no key', () => jwt.sign(claimsOf(sign()), first.privateKey, { algorithm: 'ES256', expiresIn: 60 })],
    ['row 6: a key of ours that signed nothing', () => sign({}, {}, second.privateKey)],
    ['row 7: a sub that is no uuid', () => sign({ sub: 'me' })],
    ['row 8: a session that has ended', () => sign({ sid: sessions.ended })],
  ])('%s', async (_row, token) => {
    const { taken } = authService(known);
    expect(await taken(sign())).toBe(true);
    expect(await taken(token())).not.toBe(true);
  });

  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const claimsOf = (token: string) => {
    const { exp: _exp, ...claims } = jwt.decode(token) as jwt.JwtPayload;
    return claims;
  };
  const unsigned = (head: object) => `${part(head)}.${sign().split('.')[1]}.`;
  function hmac(secret: string | Buffer): string {
    const signed = `${part({ alg: 'HS256', kid: 'first' })}.${sign().split('.')[1]}`;
    return `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`;
  }
});

test('row 8: a token that was taken before is refused once its session has ended, and others of its person are not', async () => {
  const { own, taken } = authService(known);
  const [one, other] = [freshId(), freshId()];
  const [token, another] = [sign({ sid: one }), sign({ sid: other })];
  expect(await taken(token)).toBe(true);
  own.revoke([one]);
  expect(await taken(token)).toBe('expired, or its session has ended');
  expect(await taken(token)).toBe('its session has ended');
  expect(await taken(another)).toBe(true);
});

test('the first answer is asked for by whoever needs it, however short a while ago it failed', async () => {
  const { auth, verifier } = authService(null);
  await expect(verifier.verify(sign())).rejects.toMatchObject({ code: 'no-own-keys' });
  auth.answer = known;
  expect((await verifier.verify(sign())).caller.session).toBe(sessions.open);
});

test('an ended session is forgotten once no token of it can be taken any more', () => {
  let now = 0;
  const own = followOwnTokens({ ask: () => new Promise(() => undefined), log: testLog, now: () => now });
  closing.push(own);
  own.revoke([sessions.ended]);
  now = ACCESS_TOKEN_S * 1_000;
  expect(own.isRevoked(sessions.ended)).toBe(true);
  now = REVOCATION_MS + 1;
  expect(own.isRevoked(sessions.ended)).toBe(false);
});

describe('while the auth service does not answer', () => {
  function away(noted: readonly string[], atMs: { now: number }) {
    const answers: Verification[] = [known];
    const looked: string[] = [];
    const own = followOwnTokens({
      ask: async () => answers.shift() ?? Promise.reject(new Error('away')),
      isNotedEnded: async (session) => (looked.push(session), noted.includes(session)),
      log: testLog,
      now: () => atMs.now,
    });
    closing.push(own);
    return { own, looked };
  }

  test('row 8: a session that ended in its last seconds is looked up elsewhere, once', async () => {
    const at = { now: 0 };
    const { own, looked } = away([sessions.open], at);
    await own.keyOf('first');
    expect(await own.hasEnded(sessions.open)).toBe(false);
    expect(looked).toEqual([]);
    at.now = 60_000;
    expect([await own.hasEnded(sessions.open), await own.hasEnded(sessions.open)]).toEqual([true, true]);
    expect(looked).toEqual([sessions.open]);
  });

  test('one that is noted nowhere holds', async () => {
    const at = { now: 0 };
    const { own } = away([], at);
    await own.keyOf('first');
    at.now = 60_000;
    expect(await own.hasEnded(sessions.open)).toBe(false);
  });

  test('a made-up key holds nobody up for more than one question', async () => {
    let asked = 0;
    const own = followOwnTokens({ ask: () => (asked++, new Promise(() => undefined)), log: testLog });
    closing.push(own);
    void own.keyOf('made up');
    void own.keyOf('made up too');
    expect(asked).toBe(1);
  });
});

test('while the auth service was never heard nobody can be told from a stranger, and that is no refusal', async () => {
  const { verifier } = authService(null);
  await expect(verifier.verify(sign())).rejects.toMatchObject({ code: 'no-own-keys', retriable: true });
});

test('what is known serves on while the auth service is away; a new key is asked for at once, and not again and again', async () => {
  let now = 0;
  const answers: Verification[] = [known];
  let asked = 0;
  const own = followOwnTokens({
    ask: async () => (asked++, answers.shift() ?? Promise.reject(new Error('away'))),
    log: testLog,
    now: () => now,
  });
  closing.push(own);
  expect(await own.keyOf('first')).not.toBeNull();
  answers.push({ keys: [first, second], revoked_sessions: [] });
  expect(await own.keyOf('second')).toBeNull();
  expect(asked).toBe(1);
  now = 2_001;
  expect(await own.keyOf('second')).not.toBeNull();
  for (let times = 0; times < 50; times++) expect(await own.keyOf(`made up ${times}`)).toBeNull();
  expect(asked).toBe(2);
  now = 5_000;
  expect(await own.keyOf('made up')).toBeNull();
  expect(await own.keyOf('first')).not.toBeNull();
});
