import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createVerifier, TokenError } from '../../shared/jwt.ts';
import { connectOwnTokens, type OwnTokens } from '../../shared/own-tokens.ts';
import { rpcClient, serveRpc } from '../../shared/rpc.ts';
import { testLog } from '../../shared/testing/environment.ts';
import type { AuthQuestions } from './questions.ts';
import { authProto, authService } from './service.ts';
import { claimsOf, freshPhone, loginBy, openTestAuth, ownOf, registration, type TestAuth } from './testing/auth.ts';

/** Auth as other processes meet it: over gRPC. */
let auth: TestAuth;
let server: Awaited<ReturnType<typeof serveRpc>>;
let client: AuthQuestions & { close(): void };
let own: OwnTokens;

beforeAll(async () => {
  auth = await openTestAuth();
  server = await serveRpc([authService(auth.options)], '127.0.0.1:0', testLog);
  const address = `127.0.0.1:${server.port}`;
  client = rpcClient<AuthQuestions>(authProto, address);
  own = connectOwnTokens(address, async () => false, testLog);
});
afterAll(async () => {
  own.close();
  client.close();
  await server.close();
  await auth.close();
});

test('answers and refusals arrive as they were given', async () => {
  const phone = freshPhone();
  const registered = await client.register(registration({ phone }));
  expect(registered).toMatchObject({ uuid: expect.any(String), expires_in: 900, repeated: false });
  expect(await client.login(loginBy('phone', phone))).toMatchObject({ uuid: registered.uuid });
  await expect(client.login(loginBy('phone', phone, 'another horse'))).rejects.toMatchObject({ status: 401 });
  const taken = { status: 409, message: 'conflict', faults: [{ path: '/phone', message: 'is taken' }] };
  await expect(client.register(registration({ phone }))).rejects.toMatchObject(taken);
});

test('another process checks tokens by what this one says, before and after a logout', async () => {
  const site = { secret: 'the site', publicKey: null, jwks: null, issuer: null, audience: null };
  const signed = await client.register(registration());
  const verifier = createVerifier({ ...site, own, now: Date.now });
  expect((await verifier.verify(signed.token)).caller).toMatchObject({ subject: signed.uuid, issuer: 'rostra' });
  const { refresh_token } = signed;
  const next = await client.refresh({ refresh_token });
  expect(claimsOf(next).sid).toBe(claimsOf(signed).sid);
  await client.logout(ownOf(next));
  own.revoke((await client.verification({})).revoked_sessions);
  await expect(verifier.verify(next.token)).rejects.toBeInstanceOf(TokenError);
});

test('a rotated key is among those that are published', async () => {
  const { kid, signs_from } = await client.rotateKey({});
  expect(Date.parse(signs_from)).toBeGreaterThan(Date.now());
  expect((await client.publicKeys({})).keys.map((key) => key.kid)).toContain(kid);
});
