import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { uuidToBytes } from '../../shared/ids.ts';
import { createVerifier, TokenError } from '../../shared/jwt.ts';
import { followOwnTokens, REVOCATION_MS } from '../../shared/own-tokens.ts';
import { purge } from './jobs.ts';
import type { SignedIn } from './questions.ts';
import { startSession } from './sessions.ts';
import { claimsOf, freshPhone, loginBy, openTestAuth, ownOf, registration, type TestAuth } from './testing/auth.ts';

let auth: TestAuth;
beforeAll(async () => {
  auth = await openTestAuth();
});
afterAll(() => auth.close());

const DAY_MS = 86_400_000;
const unauthorized = { status: 401, message: 'anauthorized' };
const register = (phone = freshPhone()) => auth.questions.register(registration({ phone }));
const refresh = ({ refresh_token }: Pick<SignedIn, 'refresh_token'>) => auth.questions.refresh({ refresh_token });
const count = async (table: string) => {
  const [row] = await auth.database.select<{ number: string }>(`SELECT COUNT(*) AS number FROM ${table}`);
  return Number(row?.number);
};

describe('row 59: a refresh token', () => {
  test('is followed by another, in the same session', async () => {
    const first = await register();
    auth.advance(60_000);
    const second = await refresh(first);
    expect(second.refresh_token).not.toBe(first.refresh_token);
    expect(claimsOf(second)).toMatchObject({ sid: claimsOf(first).sid, exp: claimsOf(first).exp + 60 });
    const third = await refresh(second);
    expect(new Set([first, second, third].map(({ refresh_token }) => refresh_token)).size).toBe(3);
  });

  test('used by two at once has one successor, which is at rest nowhere', async () => {
    const first = await register();
    const answers = await Promise.all([refresh(first), refresh(first), auth.another().refresh(first)]);
    const successors = new Set(answers.map(({ refresh_token }) => refresh_token));
    expect(successors.size).toBe(1);
    auth.advance(9_999);
    const again = await refresh(first);
    expect(successors.has(again.refresh_token)).toBe(true);
    expect(await refresh(again)).toMatchObject({ uuid: first.uuid });
  });

  test('used again ten seconds later ends its session, and the gateways are told', async () => {
    const first = await register();
    const other = await auth.questions.login(loginBy('phone', String((await auth.statusOf(first.uuid))['phone'])));
    const second = await refresh(first);
    auth.advance(10_000);
    const before = auth.commits();
    await expect(refresh(first)).rejects.toMatchObject(unauthorized);
    expect(auth.commits()).toBe(before + 1);
    await expect(refresh(second)).rejects.toMatchObject(unauthorized);
    const { sid } = claimsOf(first);
    expect((await auth.saidOf(first.uuid)).at(-1)).toEqual({
      name: 'TokenRevoked',
      payload: { type: 'TokenRevoked', subject: first.uuid, sessions: [sid] },
    });
    const [session] = await auth.database.select('SELECT end_reason FROM sessions WHERE id = ?', [uuidToBytes(sid)]);
    expect(session).toEqual({ end_reason: 'reuse' });
    expect((await auth.questions.verification({})).revoked_sessions).toContain(sid);
    expect(await refresh(other)).toMatchObject({ uuid: first.uuid });
  });

  test('is used again, or again within ten seconds, by the database’s time, however the processes’ clocks differ', async () => {
    const [early, late] = [auth.another(-600_000), auth.another(600_000)];
    const first = await register();
    const second = await early.refresh(first);
    auth.advance(9_999);
    expect(await late.refresh(first)).toMatchObject({ refresh_token: second.refresh_token });
    const third = await late.refresh(second);
    auth.advance(10_000);
    await expect(early.refresh(second)).rejects.toMatchObject(unauthorized);
    await expect(refresh(third)).rejects.toMatchObject(unauthorized);
  });

  test('lasts 30 days from its own issue', async () => {
    const first = await register();
    auth.advance(30 * DAY_MS - 1);
    const second = await refresh(first);
    auth.advance(30 * DAY_MS);
    await expect(refresh(second)).rejects.toMatchObject(unauthorized);
  });

  test('is refused after logout, and where it is none', async () => {
    const first = await register();
    expect(await auth.questions.logout(ownOf(first))).toEqual({ repeated: false });
    expect(await auth.questions.logout(ownOf(first))).toEqual({ repeated: true });
    await expect(refresh(first)).rejects.toMatchObject(unauthorized);
    for (const refresh_token of ['', 'x', `${first.refresh_token}=`, 'A'.repeat(43), first.token]) {
      await expect(refresh({ refresh_token })).rejects.toMatchObject(unauthorized);
    }
  });

  test('cannot end or be ended by somebody else’s logout', async () => {
    const [one, other] = [await register(), await register()];
    await auth.questions.logout({ subject: other.uuid, session: ownOf(one).session });
    expect(await refresh(one)).toMatchObject({ uuid: one.uuid });
  });
});

test('a 51st login ends the oldest session, and no other', async () => {
  const phone = freshPhone();
  const sessions = [await register(phone)];
  for (let number = 2; number <= 51; number++) {
    auth.advance(1);
    // Fifty verifications would take a second: the session alone matters here.
    const how = { by: 'password', userAgent: 'x'.repeat(500) };
    const account = { id: sessions[0]?.uuid ?? '' };
    const signed = await auth.database.transaction((tx) => startSession(tx, auth.options, account, how));
    sessions.push({ ...signed, repeated: false });
  }
  const [oldest, second] = sessions as [SignedIn, SignedIn];
  await expect(refresh(oldest)).rejects.toMatchObject(unauthorized);
  expect(await refresh(second)).toMatchObject({ uuid: oldest.uuid });
  const controls = (await auth.saidOf(oldest.uuid)).filter(({ name }) => name === 'TokenRevoked');
  expect(controls).toMatchObject([{ payload: { sessions: [claimsOf(oldest).sid] } }]);
});

describe('keys', () => {
  const site = { secret: 'the site', publicKey: null, jwks: null, issuer: null, audience: null };
  const now = () => auth.options.clock.now().getTime();
  const verify = async (token: string) => {
    const own = followOwnTokens({ ask: () => auth.questions.verification({}), log: auth.options.log, now });
    return createVerifier({ ...site, own, now })
      .verify(token)
      .finally(() => own.close());
  };
  const kidOf = ({ token }: SignedIn) =>
    (JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString()) as { kid: string }).kid;

  test('the first one is made once, by whichever process needs it first', async () => {
    const fresh = await openTestAuth();
    const processes = Array.from({ length: 10 }, () => fresh.another());
    await Promise.all(processes.map((questions) => questions.publicKeys({})));
    const { keys } = await fresh.questions.verification({});
    expect(keys).toHaveLength(1);
    const answers = await Promise.all(processes.slice(0, 3).map((questions) => questions.register(registration())));
    expect(new Set(answers.map(kidOf))).toEqual(new Set([keys[0]?.kid]));
    await fresh.close();
  });

  test('a private key is never published', async () => {
    const { keys } = await auth.questions.publicKeys({});
    const jwk = JSON.parse(keys[0]?.jwk ?? '') as object;
    expect(Object.keys(jwk).sort()).toEqual(['alg', 'crv', 'kid', 'kty', 'use', 'x', 'y']);
  });

  test('a rotated key is published at once, signs after five minutes, and logs nobody out', async () => {
    const before = await register();
    const [next, same] = [await auth.questions.rotateKey({}), await auth.another().rotateKey({})];
    expect(same).toEqual(next);
    expect(Date.parse(next.signs_from)).toBe(now() + 300_000);
    const published = async () => (await auth.questions.publicKeys({})).keys.map(({ kid }) => kid);
    expect(await published()).toEqual([kidOf(before), next.kid]);

    auth.advance(299_000);
    const during = await refresh(before);
    expect(kidOf(during)).toBe(kidOf(before));
    auth.advance(1_000);
    const after = await refresh(during);
    expect(kidOf(after)).toBe(next.kid);
    for (const { token } of [before, during, after]) {
      expect((await verify(token)).caller).toMatchObject({ subject: before.uuid });
    }

    auth.advance(25 * 60_000 - 1);
    expect(await published()).toEqual([kidOf(before), next.kid]);
    auth.advance(1);
    expect(await published()).toEqual([next.kid]);
    await purge(auth.database, new Date(now() + 1));
    expect(await count('signing_keys')).toBe(1);
  });

  test('after 30 days the next one is made by itself', async () => {
    await register();
    const before = (await auth.questions.publicKeys({})).keys;
    auth.advance(31 * DAY_MS);
    const old = await register();
    const keys = (await auth.questions.publicKeys({})).keys.map(({ kid }) => kid);
    expect(keys).toEqual([before[0]?.kid, expect.any(String)]);
    expect(kidOf(old)).toBe(keys[0]);
    auth.advance(300_000);
    expect(kidOf(await register())).toBe(keys[1]);
  });

  test('row 8: a token of a session that has ended is refused by every verifier', async () => {
    const first = await register();
    await verify(first.token);
    await auth.questions.logout(ownOf(first));
    await expect(verify(first.token)).rejects.toBeInstanceOf(TokenError);
    auth.advance(REVOCATION_MS - 1);
    expect((await auth.questions.verification({})).revoked_sessions).toContain(claimsOf(first).sid);
    auth.advance(1);
    expect((await auth.questions.verification({})).revoked_sessions).not.toContain(claimsOf(first).sid);
  });
});

test('the purge removes what ran out and what ended long ago, and nothing else', async () => {
  await purge(auth.database, new Date(auth.options.clock.now().getTime() + 100 * DAY_MS));
  expect([await count('sessions'), await count('refresh_tokens')]).toEqual([0, 0]);
  const [open, ended] = [await register(), await register()];
  await auth.questions.logout(ownOf(ended));
  auth.advance(29 * DAY_MS);
  await purge(auth.database, auth.options.clock.now());
  expect([await count('sessions'), await count('refresh_tokens')]).toEqual([2, 2]);
  const kept = await refresh(open);
  auth.advance(2 * DAY_MS);
  await purge(auth.database, auth.options.clock.now());
  expect([await count('sessions'), await count('refresh_tokens')]).toEqual([1, 1]);
  expect(await refresh(kept)).toMatchObject({ uuid: open.uuid });
});
