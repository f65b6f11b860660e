import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import argon2 from 'argon2';
import { AppError } from '../../shared/errors.ts';
import { freshId } from '../../shared/ids.ts';
import { createVerifier } from '../../shared/jwt.ts';
import { followOwnTokens } from '../../shared/own-tokens.ts';
import type { RegisterRequest, SignedIn } from './questions.ts';
import { setPassword } from './tables/accounts.ts';
import { findIdentity, insertIdentity } from './tables/identities.ts';
import {
  claimsOf,
  freshPhone,
  loginBy,
  openTestAuth,
  ownOf,
  PASSWORD,
  registration,
  type TestAuth,
} from './testing/auth.ts';

let auth: TestAuth;
beforeAll(async () => {
  auth = await openTestAuth();
});
afterAll(() => auth.close());

const unauthorized = { status: 401, message: 'anauthorized' };
const register = (more: Partial<RegisterRequest> = {}) => auth.questions.register(registration(more));
const namesOf = async (uuid: string) => (await auth.saidOf(uuid)).map(({ name }) => name);
const conflictOf = (...paths: string[]) => ({
  status: 409,
  message: 'conflict',
  faults: paths.map((path) => expect.objectContaining({ path })),
});

describe('registering', () => {
  test('makes an account, its first session and their events', async () => {
    const before = auth.commits();
    const answer = await register({ phone: '+1 (213) 373-3999', nickname: ' Ann ', email: 'Ann@Example.com' });
    expect(answer).toMatchObject({ uuid: expect.any(String), expires_in: 900, repeated: false });
    expect(claimsOf(answer)).toMatchObject({ sub: answer.uuid, type: 'client', name: 'Ann' });
    expect(await auth.statusOf(answer.uuid)).toMatchObject({
      ...{ phone: '+12133733999', email: 'ann@example.com', is_email_verified: 0, nickname: 'Ann' },
      password_hash: expect.stringMatching(/^\$argon2id\$/),
    });
    expect(await auth.saidOf(answer.uuid)).toMatchObject([
      { name: 'UserRegistered', payload: { uuid: answer.uuid, nickname: 'Ann' } },
      { name: 'UserLoggedIn', payload: { session: claimsOf(answer).sid, by: 'password' } },
    ]);
    expect(auth.commits()).toBe(before + 1);
  });

  test('gives a token that every verifier takes, and a nickname where none is chosen', async () => {
    const answer = await register();
    const nickname = `person-${answer.uuid.slice(-8)}`;
    const now = () => auth.options.clock.now().getTime();
    const own = followOwnTokens({ ask: () => auth.questions.verification({}), log: auth.options.log, now });
    const site = { secret: 'the site', publicKey: null, jwks: null, issuer: null, audience: null };
    const verifier = createVerifier({ ...site, own, now });
    const { caller } = await verifier.verify(answer.token);
    expect(caller).toMatchObject({ subject: answer.uuid, type: 'client', name: nickname, issuer: 'rostra' });
    expect(caller.session).toBe(claimsOf(answer).sid);
    own.close();
  });

  test('with what is taken is refused, and says all that is', async () => {
    const phone = freshPhone();
    await register({ phone, nickname: 'Şahin', email: 'sahin@example.com' });
    await expect(register({ phone })).rejects.toMatchObject(conflictOf('/phone'));
    await expect(register({ nickname: 'ŞAHIN' })).rejects.toMatchObject(conflictOf('/nickname'));
    const all = { phone, nickname: 'şahin', email: 'SAHIN@example.com' };
    await expect(register(all)).rejects.toMatchObject(conflictOf('/phone', '/email', '/nickname'));
  });

  test.each([
    ['/phone', { phone: '2133734253' }],
    ['/password', { password: 'seven77' }],
    ['/password', { password: 'password1' }],
    ['/password', { password: 'x'.repeat(10_000) }],
    ['/email', { email: 'nobody' }],
    ['/nickname', { nickname: 'a\nb' }],
  ])('with a bad %s is refused', async (path, more) => {
    await expect(register(more)).rejects.toMatchObject({ status: 400, faults: [{ path }] });
  });

  test('one phone 100 times at once makes exactly one account', async () => {
    const phone = freshPhone();
    // Whom the queue of hashes turns away comes again, as a client does that is told 503.
    const persist = async (): Promise<SignedIn> => {
      for (;;) {
        const answer = await register({ phone }).catch((error: unknown) => error);
        if (!(answer instanceof AppError && answer.retriable)) {
          if (answer instanceof Error) throw answer;
          return answer as SignedIn;
        }
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    };
    const all = await Promise.allSettled(Array.from({ length: 100 }, persist));
    const made = all.filter(({ status }) => status === 'fulfilled');
    const refused = all.flatMap((one) => (one.status === 'rejected' ? [one.reason as unknown] : []));
    expect(made).toHaveLength(1);
    expect(refused).toEqual(Array(99).fill(expect.objectContaining({ status: 409, message: 'conflict' })));
  });
});

describe('registering under a key', () => {
  const keyed = (more: Partial<RegisterRequest> = {}) =>
    registration({ is_keyed: true, nickname: `N${freshId().slice(-12)}`, ...more });
  const reused = { status: 422, message: 'key reused' };

  test('again answers with the same person in a session of its own', async () => {
    const request = keyed();
    const first = await auth.questions.register(request);
    const again = await auth.questions.register(request);
    expect(again).toMatchObject({ uuid: first.uuid, repeated: true });
    expect(claimsOf(again).sid).not.toBe(claimsOf(first).sid);
    expect(await namesOf(first.uuid)).toEqual(['UserRegistered', 'UserLoggedIn', 'UserLoggedIn']);
  });

  test('ten times at once makes one account, and everybody is that person', async () => {
    const request = keyed();
    const answers = await Promise.all(Array.from({ length: 10 }, () => auth.questions.register(request)));
    expect(new Set(answers.map(({ uuid }) => uuid)).size).toBe(1);
    expect(answers.filter(({ repeated }) => !repeated)).toHaveLength(1);
  });

  test('with anything else is refused', async () => {
    const request = keyed();
    await auth.questions.register(request);
    for (const other of [{ password: 'another horse' }, { email: 'x@example.com' }, { nickname: 'Somebody else' }]) {
      await expect(auth.questions.register({ ...request, ...other })).rejects.toMatchObject(reused);
    }
  });

  test('is refused once the account is deleted, and the same key is free for another phone', async () => {
    const request = keyed();
    const first = await auth.questions.register(request);
    await auth.questions.deleteAccount(ownOf(first));
    await expect(auth.questions.register(request)).rejects.toMatchObject(reused);
    const other = await auth.questions.register({ ...request, phone: freshPhone() });
    expect(other).toMatchObject({ repeated: false });
  });
});

describe('logging in', () => {
  test('works by phone, email and nickname, in their usual spellings', async () => {
    const phone = freshPhone();
    const { uuid } = await register({ phone, nickname: 'José', email: 'jose@example.com' });
    const names = [
      loginBy('phone', `${phone.slice(0, 2)} ${phone.slice(2)}`),
      loginBy('email', 'JOSE@example.com'),
      loginBy('nickname', 'JOSE\u0301'),
    ];
    for (const name of names) expect(await auth.questions.login(name)).toMatchObject({ uuid, repeated: false });
    expect((await namesOf(uuid)).filter((name) => name === 'UserLoggedIn')).toHaveLength(4);
  });

  test('is refused alike for an unknown account, a wrong password, none, and a blocked person', async () => {
    const [phone, blocked] = [freshPhone(), freshPhone()];
    await register({ phone });
    const { uuid } = await register({ phone: blocked });
    await auth.questions.blockPerson({ call_id: freshId(), is_keyed: false, fingerprint: 'f', uuid });
    const byProvider = await register({ nickname: 'By a provider' });
    await auth.database.change('UPDATE accounts SET password_hash = NULL WHERE nickname = ?', ['By a provider']);
    const refused = [
      loginBy('phone', freshPhone()),
      loginBy('phone', phone, 'another horse'),
      loginBy('phone', phone, ''),
      loginBy('phone', blocked),
      loginBy('nickname', 'By a provider'),
    ];
    for (const name of refused) await expect(auth.questions.login(name)).rejects.toMatchObject(unauthorized);
    expect((await namesOf(byProvider.uuid)).filter((name) => name === 'UserLoggedIn')).toHaveLength(1);
  });

  test('a spelling that only the database takes for the same nickname is another one', async () => {
    await register({ nickname: 'Bjorn' });
    await expect(auth.questions.login(loginBy('nickname', 'bjørn'))).rejects.toMatchObject(unauthorized);
    await expect(auth.questions.login(loginBy('nickname', 'björn'))).rejects.toMatchObject(unauthorized);
  });

  test('brings an old hash up to today’s cost', async () => {
    const phone = freshPhone();
    const { uuid } = await register({ phone });
    // Of PASSWORD, at a fifth of the cost.
    const old = await argon2.hash(PASSWORD, { type: argon2.argon2id, memoryCost: 4_096, timeCost: 2, parallelism: 1 });
    await setPassword(auth.database, uuid, old);
    await auth.questions.login(loginBy('phone', phone));
    expect((await auth.statusOf(uuid))['password_hash']).toContain('m=19456');
    await auth.questions.login(loginBy('phone', phone));
  });
});

test('row 54: an unknown account takes as much work as a known one', async () => {
  const phone = freshPhone();
  await register({ phone });
  // Time of the processor, in all threads of this process: unlike that of a clock it does not grow while others have their turn.
  const timed = async (request: ReturnType<typeof loginBy>) => {
    const started = process.cpuUsage();
    await auth.questions.login(request).catch(() => undefined);
    const { user, system } = process.cpuUsage(started);
    return (user + system) / 1_000;
  };
  const [known, unknown]: [number[], number[]] = [[], []];
  for (let round = 0; round < 25; round++) {
    known.push(await timed(loginBy('phone', phone, 'another horse')));
    unknown.push(await timed(loginBy('phone', freshPhone(), 'another horse')));
  }
  const median = (times: number[]) => times.sort((a, b) => a - b)[12] ?? 0;
  // A hash takes 25 ms and more; without one on both sides this would be its whole length.
  expect(Math.abs(median(known) - median(unknown))).toBeLessThan(10);
});

describe('a new password', () => {
  test('ends every session and begins one', async () => {
    const phone = freshPhone();
    const first = await register({ phone });
    const second = await auth.questions.login(loginBy('phone', phone));
    const change = { ...ownOf(second), old_password: PASSWORD, password: 'another horse', user_agent: '' };
    const third = await auth.questions.changePassword(change);
    const revoked = (await auth.questions.verification({})).revoked_sessions;
    expect(revoked).toEqual(expect.arrayContaining([claimsOf(first).sid, claimsOf(second).sid]));
    expect(revoked).not.toContain(claimsOf(third).sid);
    for (const { refresh_token } of [first, second]) {
      await expect(auth.questions.refresh({ refresh_token })).rejects.toMatchObject(unauthorized);
    }
    expect(await auth.questions.refresh({ refresh_token: third.refresh_token })).toMatchObject({ uuid: first.uuid });
    await expect(auth.questions.login(loginBy('phone', phone))).rejects.toMatchObject(unauthorized);
    expect(await auth.questions.login(loginBy('phone', phone, 'another horse'))).toMatchObject({ uuid: first.uuid });
    expect((await auth.saidOf(first.uuid)).at(-3)).toMatchObject({
      name: 'TokenRevoked',
      payload: { subject: first.uuid, sessions: expect.arrayContaining([claimsOf(first).sid, claimsOf(second).sid]) },
    });
  });

  test('is refused without the old one, from a session that has ended, and where it is none', async () => {
    const first = await register();
    const change = { ...ownOf(first), old_password: PASSWORD, password: 'another horse', user_agent: '' };
    const ask = (more: object) => auth.questions.changePassword({ ...change, ...more });
    await expect(ask({ old_password: 'a guess of mine' })).rejects.toMatchObject({ status: 403 });
    await expect(ask({ password: 'short' })).rejects.toMatchObject({ status: 400 });
    await expect(ask({ subject: freshId() })).rejects.toMatchObject({ status: 403 });
    await auth.questions.logout(ownOf(first));
    await expect(ask({})).rejects.toMatchObject(unauthorized);
  });
});

describe('deleting an account', () => {
  test('ends its sessions, frees its names, is told, and changes nothing the second time', async () => {
    const names = { phone: freshPhone(), nickname: 'Going', email: 'going@example.com' };
    const first = await register(names);
    expect(await auth.questions.deleteAccount(ownOf(first))).toEqual({ repeated: false });
    expect(await auth.questions.deleteAccount(ownOf(first))).toEqual({ repeated: true });
    expect(await auth.statusOf(first.uuid)).toMatchObject({
      ...{ status: 'deleted', phone: null, email: null, nickname: null, password_hash: null },
    });
    expect((await namesOf(first.uuid)).slice(-2)).toEqual(['TokenRevoked', 'UserDeleted']);
    const { refresh_token } = first;
    await expect(auth.questions.refresh({ refresh_token })).rejects.toMatchObject(unauthorized);
    await expect(auth.questions.login(loginBy('phone', names.phone))).rejects.toMatchObject(unauthorized);
    const next = await register(names);
    expect(next.uuid).not.toBe(first.uuid);
  });

  test('frees the identity at a provider too', async () => {
    const first = await register();
    const identity = { issuer: 'https://id.example.com', subject: 'ann' };
    const known = { accountId: first.uuid, provider: 'example', now: auth.options.clock.now() };
    await insertIdentity(auth.database, identity, known);
    await auth.questions.deleteAccount(ownOf(first));
    expect(await findIdentity(auth.database, identity)).toBeNull();
  });

  test('is refused to a session that has ended', async () => {
    const first = await register();
    await auth.questions.logout(ownOf(first));
    await expect(auth.questions.deleteAccount(ownOf(first))).rejects.toMatchObject(unauthorized);
  });
});

describe('blocking a person', () => {
  const block = (uuid: string, more: object = {}) =>
    auth.questions.blockPerson({ call_id: freshId(), is_keyed: false, fingerprint: uuid, uuid, ...more });

  test('ends their sessions, is told once, and can be lifted', async () => {
    const phone = freshPhone();
    const first = await register({ phone });
    await block(first.uuid);
    await block(first.uuid);
    const { refresh_token } = first;
    await expect(auth.questions.refresh({ refresh_token })).rejects.toMatchObject(unauthorized);
    expect((await auth.questions.verification({})).revoked_sessions).toContain(claimsOf(first).sid);
    await auth.questions.unblockPerson({ uuid: first.uuid });
    await auth.questions.unblockPerson({ uuid: first.uuid });
    expect((await auth.saidOf(first.uuid)).slice(2)).toMatchObject([
      { name: 'UserBlocked', payload: { sessions: [claimsOf(first).sid] } },
      { name: 'UserBlocked', payload: { uuid: first.uuid } },
      { name: 'UserUnblocked', payload: { uuid: first.uuid } },
    ]);
    expect(await auth.questions.login(loginBy('phone', phone))).toMatchObject({ uuid: first.uuid });
  });

  test('whom nobody knows, or who is gone, answers 404', async () => {
    const gone = await register();
    await auth.questions.deleteAccount(ownOf(gone));
    for (const uuid of [freshId(), gone.uuid]) {
      await expect(block(uuid)).rejects.toMatchObject({ status: 404 });
      await expect(auth.questions.unblockPerson({ uuid })).rejects.toMatchObject({ status: 404 });
    }
  });

  test('has one effect under a key, lifted meanwhile or not', async () => {
    const [one, other] = [await register(), await register()];
    const key = { call_id: freshId(), is_keyed: true };
    expect(await block(one.uuid, key)).toEqual({ repeated: false });
    await auth.questions.unblockPerson({ uuid: one.uuid });
    expect(await block(one.uuid, key)).toEqual({ repeated: true });
    expect(await auth.statusOf(one.uuid)).toMatchObject({ status: 'active' });
    await expect(block(other.uuid, key)).rejects.toMatchObject({ status: 422, message: 'key reused' });
  });
});
