import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { Events } from 'oauth2-mock-server';
import { freshId } from '../../shared/ids.ts';
import { type Account, findAccount, insertAccount, setStatus } from './tables/accounts.ts';
import { challengeOf, STATE_LIFETIME_MS } from './oauth.ts';
import { beginPath, comeBack, openTestWaysIn, startProvider, travel } from './testing/ways-in.ts';
import type { TestProvider, TestWaysIn } from './testing/ways-in.ts';

/** Logging in by a provider, over HTTP, against a real one in this process. Rows are those of reliability.md (d). */

let provider: TestProvider;
let other: TestProvider;
let on: TestWaysIn;
beforeAll(async () => {
  [provider, other] = await Promise.all([startProvider(), startProvider()]);
  const client = { clientId: 'rostra', clientSecret: 'secret' };
  on = await openTestWaysIn({
    oauthProviders: new Map([
      ['mock', { issuer: provider.issuer, ...client }],
      ['other', { issuer: other.issuer, ...client, clientSecret: null }],
      // Nobody listens there.
      ['away', { issuer: 'http://127.0.0.1:9', ...client }],
    ]),
    ...{ smtpUrl: null, publicUrl: null, mailFrom: 'Rostra <no-reply@localhost>' },
  });
});
afterAll(async () => {
  await on?.close();
  await Promise.all([provider?.stop(), other?.stop()]);
});

let subject: string;
let email: string;
beforeEach(() => {
  subject = freshId();
  email = `${subject}@example.com`;
  provider.claims = { sub: subject, email, email_verified: true };
});

const signed = (uuid: unknown = expect.any(String)) => ({
  ...{ success: true, uuid, token: expect.any(String) },
  ...{ refresh_token: expect.any(String), expires_in: 900 },
});

async function given(more: Partial<Account>): Promise<string> {
  const id = freshId();
  const empty = { phone: null, email: null, isEmailVerified: false, nickname: null, passwordHash: null };
  const registered = { registerId: null, registerFingerprint: null, createdAt: new Date() };
  await insertAccount(on.database, { ...empty, ...registered, ...more, id });
  return id;
}

/** Runs what must be refused, and shows that nothing has come of it. */
async function refused(status: number, path: string | null, call: () => Promise<{ status: number; json: object }>) {
  const before = await on.counts();
  const { status: answered, json } = await call();
  const message = status === 400 ? 'bad params' : status === 409 ? 'conflict' : 'anauthorized';
  const errors = path === null ? {} : { errors: [expect.objectContaining({ path })] };
  expect({ status: answered, json }).toMatchObject({ status, json: { success: 'false', message, ...errors } });
  expect(await on.counts()).toEqual(before);
}

describe('the way there', () => {
  const redirect_uri = 'http://127.0.0.1:1/signed-in';
  const begin = (parameters: Record<string, string>, name = 'mock') =>
    on.ingress.send({ path: beginPath(name, { redirect_uri, ...parameters }) });

  test('providers are listed by name', async () => {
    expect((await on.ingress.send({ path: '/oauth' })).json).toEqual({
      success: true,
      providers: ['mock', 'other', 'away'],
    });
  });

  test('leads to the provider, with what it and only it needs', async () => {
    const { status, json } = await begin({});
    expect(status).toBe(200);
    const url = new URL(String(json['url']));
    expect(url.origin).toBe(provider.issuer);
    expect(Object.fromEntries(url.searchParams)).toEqual({
      client_id: 'rostra',
      response_type: 'code',
      redirect_uri,
      scope: 'openid email profile',
      code_challenge: challengeOf('v'),
      code_challenge_method: 'S256',
      state: json['state'],
      nonce: expect.stringMatching(/^[\w-]{43}$/),
    });
    expect(json['state']).toMatch(/^[\w-]{43}$/);
  });

  test('does not lead to a provider that is none', async () => {
    for (const name of ['nobody', 'MOCK', '__proto__', 'constructor']) expect((await begin({}, name)).status).toBe(404);
  });

  test('is closed for as long as the provider is out of reach', async () => {
    expect(await begin({}, 'away')).toMatchObject({ status: 503, json: { message: 'unavailable' } });
  });

  test.each<[string, string, Record<string, string>]>([
    ['no challenge', '/code_challenge', { code_challenge: '' }],
    ['a challenge that is none', '/code_challenge', { code_challenge: 'short' }],
    ['no method', '/code_challenge_method', { code_challenge_method: '' }],
    ['the method plain', '/code_challenge_method', { code_challenge_method: 'plain' }],
    ['the method s256', '/code_challenge_method', { code_challenge_method: 's256' }],
    ['no way back', '/redirect_uri', { redirect_uri: '' }],
    ['a way back with this host as a prefix', '/redirect_uri', { redirect_uri: 'http://127.0.0.1.evil.example/' }],
    ['a way back with this host as a suffix', '/redirect_uri', { redirect_uri: 'http://evil-127.0.0.1/' }],
    ['a way back to another host', '/redirect_uri', { redirect_uri: 'https://evil.example/127.0.0.1' }],
    ['a way back with a fragment', '/redirect_uri', { redirect_uri: `${redirect_uri}#x` }],
    ['a way back with user information', '/redirect_uri', { redirect_uri: 'http://127.0.0.1@evil.example/' }],
    ['a way back that is no page', '/redirect_uri', { redirect_uri: 'javascript:alert(1)' }],
  ])('row 57: %s is refused', (_what, path, parameters) => refused(400, path, () => begin(parameters)));
});

describe('the way back', () => {
  test('makes an account at the first login, and opens the same at the next', async () => {
    provider.claims['nickname'] = `Ann ${subject.slice(-8)}`;
    const before = await on.counts();
    const first = await comeBack(on, await travel(on));
    expect(first).toMatchObject({ status: 200, json: signed() });
    const uuid = String(first.json['uuid']);
    expect(await findAccount(on.database, uuid)).toMatchObject({
      ...{ phone: null, passwordHash: null, email, isEmailVerified: true, nickname: `Ann ${subject.slice(-8)}` },
      ...{ type: 'client', status: 'active' },
    });
    // UserRegistered and UserLoggedIn.
    expect(await on.counts()).toEqual({
      accounts: before.accounts + 1,
      sessions: before.sessions + 1,
      identities: before.identities + 1,
      outbox: before.outbox + 2,
    });

    const second = await comeBack(on, await travel(on));
    expect(second).toMatchObject({ status: 200, json: signed(uuid) });
    expect(second.json['token']).not.toBe(first.json['token']);
    expect(await on.counts()).toEqual({
      accounts: before.accounts + 1,
      sessions: before.sessions + 2,
      identities: before.identities + 1,
      outbox: before.outbox + 3,
    });
    const [event] = await on.database.select<{ payload: string }>(
      'SELECT payload FROM outbox ORDER BY id DESC LIMIT 1',
    );
    expect(JSON.parse(event?.payload ?? '')).toMatchObject({ uuid, by: 'oauth:mock' });
  });

  test('knows people by their subject, whatever becomes of their email', async () => {
    const first = await comeBack(on, await travel(on));
    provider.claims = { sub: subject, email: `new-${email}`, email_verified: true };
    expect((await comeBack(on, await travel(on))).json['uuid']).toBe(first.json['uuid']);
    provider.claims = { sub: subject.toUpperCase(), email: `other-${email}` };
    const another = await comeBack(on, await travel(on));
    expect(another.status).toBe(200);
    expect(another.json['uuid']).not.toBe(first.json['uuid']);
  });

  test('tells the same subject of two providers apart', async () => {
    other.claims = { sub: subject, email: `other-${email}`, email_verified: true };
    const one = await comeBack(on, await travel(on));
    const two = await comeBack(on, await travel(on, 'other'));
    expect([one.status, two.status]).toEqual([200, 200]);
    expect(two.json['uuid']).not.toBe(one.json['uuid']);
  });

  test('makes up a nickname where those of the provider are taken or cannot be one', async () => {
    const nickname = `Bob ${subject.slice(-8)}`;
    await given({ nickname });
    Object.assign(provider.claims, { nickname: nickname.toUpperCase(), preferred_username: ' ', name: 'x'.repeat(33) });
    const { json } = await comeBack(on, await travel(on));
    expect((await findAccount(on.database, String(json['uuid'])))?.nickname).toMatch(/^person-/);
  });

  test('keeps no email that the provider has not verified', async () => {
    provider.claims['email_verified'] = false;
    const { status, json } = await comeBack(on, await travel(on));
    expect(status).toBe(200);
    expect(await findAccount(on.database, String(json['uuid']))).toMatchObject({ email: null, isEmailVerified: false });
  });

  test('asks the provider for the email that its id token leaves out', async () => {
    provider.claims = { sub: subject };
    provider.server.service.once(Events.BeforeUserinfo, (answer) => {
      answer.body = { sub: subject, email, email_verified: true };
    });
    const { json } = await comeBack(on, await travel(on));
    expect(await findAccount(on.database, String(json['uuid']))).toMatchObject({ email, isEmailVerified: true });
  });

  test('makes one account of two first logins at once', async () => {
    const journeys = [await travel(on), await travel(on), await travel(on)];
    const before = await on.counts();
    const answers = await Promise.all(journeys.map((journey) => comeBack(on, journey)));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
    expect(new Set(answers.map(({ json }) => json['uuid'])).size).toBe(1);
    expect((await on.counts()).accounts).toBe(before.accounts + 1);
  });

  test('is open for one of those who bring the same state at once', async () => {
    const journey = await travel(on);
    const answers = await Promise.all([1, 2, 3, 4].map(() => comeBack(on, journey)));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 400, 400, 400]);
  });

  test('is closed where the provider no longer answers; the state is used up', async () => {
    const third = await startProvider();
    third.claims = { sub: subject };
    const later = await openTestWaysIn({
      oauthProviders: new Map([['mock', { issuer: third.issuer, clientId: 'rostra', clientSecret: null }]]),
      ...{ smtpUrl: null, publicUrl: null, mailFrom: 'Rostra <no-reply@localhost>' },
    });
    try {
      const journey = await travel(later);
      await third.stop();
      expect(await comeBack(later, journey)).toMatchObject({ status: 503, json: { message: 'unavailable' } });
      expect((await later.counts()).accounts).toBe(0);
      expect(await comeBack(later, journey)).toMatchObject({ status: 400 });
    } finally {
      await later.close();
    }
  });
});

describe('row 57: nothing comes of', () => {
  test.each<[string, string, Record<string, unknown>]>([
    ['no state', '/state', { state: undefined }],
    ['an empty state', '/state', { state: '' }],
    ['another state', '/state', { state: 'x'.repeat(43) }],
    ['no code', '/code', { code: undefined }],
    ['an empty code', '/code', { code: '' }],
    ['another code', '/code', { code: 'x' }],
    ['no verifier', '/code_verifier', { code_verifier: undefined }],
    ['a short verifier', '/code_verifier', { code_verifier: 'x'.repeat(42) }],
    ['a wrong verifier', '/code_verifier', { code_verifier: 'x'.repeat(43) }],
    ['no way back', '/redirect_uri', { redirect_uri: undefined }],
    ['another provider', '/provider', { provider: 'other' }],
    ['a provider that is none', '/provider', { provider: 'nobody' }],
    ['the issuer of another provider beside the code', '/iss', { iss: 'https://evil.example' }],
  ])('%s', async (_what, path, changed) => {
    const journey = await travel(on);
    await refused(400, path, () => comeBack(on, journey, changed));
  });

  test.each([
    ['a suffix', (uri: string) => `${uri}/more`],
    ['a fragment', (uri: string) => `${uri}#x`],
    ['a query', (uri: string) => `${uri}?x=1`],
    ['another port', (uri: string) => uri.replace(/:\d+/, ':1')],
    ['another spelling', (uri: string) => uri.replace('http', 'HTTP')],
  ])('a way back with %s', async (_what, change) => {
    const journey = await travel(on);
    const redirect_uri = change(journey.redirectUri);
    await refused(400, '/redirect_uri', () => comeBack(on, journey, { redirect_uri }));
  });

  test('a wrong verifier, of which the provider is not even told; and the state is used up by it', async () => {
    const journey = await travel(on);
    const before = provider.exchanges();
    await refused(400, '/code_verifier', () => comeBack(on, journey, { code_verifier: 'x'.repeat(43) }));
    await refused(400, '/state', () => comeBack(on, journey));
    expect(provider.exchanges()).toBe(before);
  });

  test('the challenge in place of the verifier', async () => {
    const journey = await travel(on);
    const code_verifier = challengeOf(journey.verifier);
    await refused(400, '/code_verifier', () => comeBack(on, journey, { code_verifier }));
  });

  test('a state that was used', async () => {
    const journey = await travel(on);
    expect((await comeBack(on, journey)).status).toBe(200);
    await refused(400, '/state', () => comeBack(on, journey));
  });

  test('a code that was used, in a login of its own', async () => {
    const [used, fresh] = [await travel(on), await travel(on)];
    expect((await comeBack(on, used)).status).toBe(200);
    await refused(400, '/code', () => comeBack(on, fresh, { code: used.body['code'] }));
  });

  test("somebody else's code in one's own login", async () => {
    const [theirs, own] = [await travel(on), await travel(on)];
    await refused(400, '/code', () => comeBack(on, own, { code: theirs.body['code'] }));
  });

  test('a state that ran out', async () => {
    const journey = await travel(on);
    on.later(STATE_LIFETIME_MS);
    try {
      await refused(400, '/state', () => comeBack(on, journey));
    } finally {
      on.later(-STATE_LIFETIME_MS);
    }
  });

  test.each<[string, Record<string, unknown>]>([
    ['another nonce', { nonce: 'x' }],
    ['no nonce', { nonce: undefined }],
    ['another issuer', { iss: 'https://evil.example' }],
    ['another audience', { aud: 'somebody' }],
    ['more audiences without an authorized party', { aud: ['rostra', 'somebody'], azp: 'somebody' }],
    ['no subject', { sub: undefined }],
    ['a past that is over', { exp: 1_000_000_000 }],
  ])('an id token with %s', async (_what, claims) => {
    Object.assign(provider.claims, claims);
    const journey = await travel(on);
    await refused(400, '/code', () => comeBack(on, journey));
  });

  test('an id token that somebody else has signed', async () => {
    const journey = await travel(on);
    provider.server.service.once(Events.BeforeResponse, (answer) => {
      const { id_token } = answer.body as { id_token: string };
      const forged = id_token.replace(/\.[^.]*$/, `.${Buffer.alloc(256, 1).toString('base64url')}`);
      Object.assign(answer.body, { id_token: forged });
    });
    await refused(400, '/code', () => comeBack(on, journey));
  });

  test('an id token that nobody has signed', async () => {
    const journey = await travel(on);
    provider.server.service.once(Events.BeforeResponse, (answer) => {
      const { id_token } = answer.body as { id_token: string };
      const header = Buffer.from('{"alg":"none"}').toString('base64url');
      Object.assign(answer.body, { id_token: `${header}.${id_token.split('.')[1]}.` });
    });
    await refused(400, '/code', () => comeBack(on, journey));
  });

  test('an answer without an id token', async () => {
    const journey = await travel(on);
    provider.server.service.once(Events.BeforeResponse, (answer) => {
      answer.body = { access_token: 'a', token_type: 'Bearer' };
    });
    await refused(400, '/code', () => comeBack(on, journey));
  });

  test('a provider that refuses', async () => {
    const journey = await travel(on);
    provider.server.service.once(Events.BeforeResponse, (answer) => {
      answer.statusCode = 400;
      answer.body = { error: 'invalid_grant' };
    });
    await refused(400, '/code', () => comeBack(on, journey));
  });

  test('an answer that does not name its provider, where the provider promises to', async () => {
    const third = await startProvider();
    third.claims = { sub: subject, email };
    third.server.service.on(Events.BeforeWellKnownOpenIdConfiguration, (answer) => {
      Object.assign(answer.body, { authorization_response_iss_parameter_supported: true });
    });
    const strict = await openTestWaysIn({
      oauthProviders: new Map([['mock', { issuer: third.issuer, clientId: 'rostra', clientSecret: null }]]),
      ...{ smtpUrl: null, publicUrl: null, mailFrom: 'Rostra <no-reply@localhost>' },
    });
    try {
      const unnamed = await comeBack(strict, await travel(strict));
      expect(unnamed).toMatchObject({ status: 400, json: { errors: [{ path: '/iss' }] } });
      expect((await strict.counts()).accounts).toBe(0);
      expect((await comeBack(strict, await travel(strict), { iss: third.issuer })).status).toBe(200);
    } finally {
      await strict.close();
      await third.stop();
    }
  });
});

describe('row 58: an email that somebody has here', () => {
  test('links where both sides have verified it, whatever its case', async () => {
    const id = await given({ email, isEmailVerified: true });
    provider.claims['email'] = email.toUpperCase();
    const before = await on.counts();
    expect(await comeBack(on, await travel(on))).toMatchObject({ status: 200, json: signed(id) });
    expect(await on.counts()).toMatchObject({ accounts: before.accounts, identities: before.identities + 1 });
    // And stays linked, when the provider takes its word back.
    provider.claims['email_verified'] = false;
    expect(await comeBack(on, await travel(on))).toMatchObject({ status: 200, json: signed(id) });
  });

  test.each([
    ['the provider', false, true],
    ['this service', true, false],
    ['either side', false, false],
  ])('does not link where it is not verified by %s', async (_side, email_verified, isEmailVerified) => {
    await given({ email, isEmailVerified });
    provider.claims['email_verified'] = email_verified;
    const journey = await travel(on);
    await refused(409, '/email', () => comeBack(on, journey));
  });

  test.each([undefined, 'false', 1, 'yes'])(
    'does not link where the provider says %j of it',
    async (email_verified) => {
      await given({ email, isEmailVerified: true });
      provider.claims['email_verified'] = email_verified;
      const journey = await travel(on);
      await refused(409, '/email', () => comeBack(on, journey));
    },
  );
});

describe('who is blocked or deleted', () => {
  test('does not come in by their provider either, and does again when the block is lifted', async () => {
    const { json } = await comeBack(on, await travel(on));
    const uuid = String(json['uuid']);
    await setStatus(on.database, uuid, 'blocked');
    const journey = await travel(on);
    await refused(401, null, () => comeBack(on, journey));
    await setStatus(on.database, uuid, 'active');
    expect(await comeBack(on, await travel(on))).toMatchObject({ status: 200, json: signed(uuid) });
  });

  test('is not linked', async () => {
    await setStatus(on.database, await given({ email, isEmailVerified: true }), 'blocked');
    const journey = await travel(on);
    await refused(401, null, () => comeBack(on, journey));
  });
});
