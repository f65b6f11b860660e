import { expect, test } from '@jest/globals';
import { type Call, type Caller, nobody } from '../../shared/endpoint.ts';
import { freshId } from '../../shared/ids.ts';
import {
  type AuthPorts,
  blockAccount,
  changePassword,
  deleteMe,
  listKeys,
  login,
  logout,
  refreshToken,
  register,
} from './endpoints.ts';

const signed = { uuid: freshId(), token: 't', refresh_token: 'r', expires_in: 900, repeated: false };
const asked: [string, object][] = [];
const answering = (name: string, answer: object) => async (request: object) => (
  asked.push([name, request]),
  answer as never
);
const ports: AuthPorts = {
  auth: {
    register: answering('register', { ...signed, repeated: true }),
    login: answering('login', signed),
    refresh: answering('refresh', signed),
    logout: answering('logout', { repeated: true }),
    changePassword: answering('changePassword', signed),
    deleteAccount: answering('deleteAccount', { repeated: true }),
    blockPerson: answering('blockPerson', { repeated: true }),
    unblockPerson: answering('unblockPerson', { repeated: false }),
    publicKeys: answering('publicKeys', { keys: [{ kid: 'k', jwk: '{"kid":"k","kty":"EC"}' }] }),
    verification: answering('verification', { keys: [], revoked_sessions: [] }),
    rotateKey: answering('rotateKey', {}),
  },
};

const phone = '+1 213 373 4253';
const password = 'a horse on the moon';
const own: Caller = { ...nobody, subject: freshId(), issuer: 'rostra', session: freshId() };
const call = (more: Partial<Call> = {}): Call => ({
  ...{ id: freshId(), isKeyed: false, caller: nobody, body: undefined, query: {}, params: {}, fingerprint: 'f' },
  ...{ now: new Date(), from: { address: '::1', host: 'here', userAgent: 'a browser' } },
  ...more,
});
const check = (endpoint: { check(one: Call): Call }, body: unknown) => () => endpoint.check(call({ body }));

test('registering takes what the contract names, and nothing else', async () => {
  const body = { phone, password, nickname: 'Ann', email: 'ann@example.com' };
  const one = register.check(call({ body, isKeyed: true }));
  expect(await register.ask(one, ports)).toMatchObject({ body: { success: true, uuid: signed.uuid }, repeated: true });
  const given = { call_id: one.id, is_keyed: true, ...body, user_agent: 'a browser' };
  expect(asked.at(-1)).toEqual(['register', given]);
  expect(register.accountNamed?.(one)).toBe('+12133734253');
  for (const bad of [
    {},
    { phone },
    { password },
    { ...body, status: 'active' },
    { ...body, type: 'user' },
    { ...body, phone: 1 },
  ]) {
    expect(check(register, bad)).toThrow(expect.objectContaining({ status: 400 }));
  }
});

test('row 55: a password of 10,000 characters is refused before anybody is asked', () => {
  expect(check(register, { phone, password: 'x'.repeat(10_000) })).toThrow(expect.objectContaining({ status: 400 }));
  expect(check(login, { phone, password: 'x'.repeat(10_000) })).toThrow(expect.objectContaining({ status: 400 }));
});

test('logging in takes exactly one name, and is counted under its one spelling', async () => {
  const named = (body: object) => login.accountNamed?.(login.check(call({ body: { ...body, password } })));
  expect(named({ phone })).toBe('phone:+12133734253');
  expect(named({ email: 'Ann@Example.com' })).toBe('email:ann@example.com');
  expect(named({ nickname: ' ANN ' })).toBe('nickname:ann');
  for (const bad of [{}, { phone, nickname: 'Ann' }, { phone: 'x' }, { email: 'x@y' }]) {
    expect(() => named(bad)).toThrow(expect.objectContaining({ status: 400, message: 'bad params' }));
  }
  await login.ask(login.check(call({ body: { nickname: 'Ann', password } })), ports);
  expect(asked.at(-1)?.[1]).toEqual({ kind: 'nickname', identifier: 'Ann', password, user_agent: 'a browser' });
});

test('a token of the site’s has no session here to end, no password and no account', async () => {
  const site = { ...own, issuer: 'the site', session: undefined } as unknown as Caller;
  const { session: _, ...without } = own;
  for (const caller of [site, without]) {
    const body = { old_password: password, password };
    await expect(logout.ask(call({ caller }), ports)).rejects.toMatchObject({ status: 403 });
    await expect(changePassword.ask(call({ caller, body }), ports)).rejects.toMatchObject({ status: 403 });
    await expect(deleteMe.ask(call({ caller }), ports)).rejects.toMatchObject({ status: 403 });
  }
});

test('what somebody does to themselves is done in the session of their token', async () => {
  const who = { subject: own.subject, session: own.session };
  expect(await logout.ask(call({ caller: own }), ports)).toEqual({ body: { success: true }, repeated: false });
  expect(await logout.ask(call({ caller: own, isKeyed: true }), ports)).toMatchObject({ repeated: true });
  expect(await deleteMe.ask(call({ caller: own }), ports)).toEqual({ body: { success: true } });
  expect(asked.slice(-2)).toEqual([
    ['logout', who],
    ['deleteAccount', who],
  ]);
  const one = call({ caller: own, body: { old_password: password, password: 'another horse' } });
  expect(changePassword.accountNamed?.(one)).toBe(own.subject);
  expect(await changePassword.ask(one, ports)).toMatchObject({ body: { success: true, refresh_token: 'r' } });
});

test('only operators block, and only what is a person’s uuid', async () => {
  expect(blockAccount.scope).toBe('ops');
  const params = { uuid: freshId() };
  const one = blockAccount.check(call({ params, isKeyed: true }));
  expect(await blockAccount.ask(one, ports)).toEqual({ body: { success: true }, repeated: true });
  expect(asked.at(-1)?.[1]).toEqual({ call_id: one.id, is_keyed: true, fingerprint: 'f', uuid: params.uuid });
  expect(() => blockAccount.check(call({ params: { uuid: 'x' } }))).toThrow(expect.objectContaining({ status: 400 }));
});

test('a refresh needs no token but its own', async () => {
  expect(refreshToken.access).toBe('public');
  expect(check(refreshToken, { refresh_token: '' })).toThrow(expect.objectContaining({ status: 400 }));
  const one = refreshToken.check(call({ body: { refresh_token: 'r' } }));
  expect(await refreshToken.ask(one, ports)).toMatchObject({ body: { success: true, token: 't' } });
});

test('the public keys are a JWK set and nothing more, and may be kept for five minutes', async () => {
  expect(await listKeys.ask(call(), ports)).toEqual({
    body: { keys: [{ kid: 'k', kty: 'EC' }] },
    headers: { 'Cache-Control': 'public, max-age=300' },
  });
});
