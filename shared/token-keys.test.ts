import { afterEach, describe, expect, test } from '@jest/globals';
import { generateKeyPairSync } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import { choosePort } from '../scripts/stack/ports.ts';
import { EnvironmentReader } from './environment.ts';
import { createJwks, readTokenKeys, secretWeakness } from './token-keys.ts';

describe('the site’s key set', () => {
  let server: Server | undefined;
  afterEach(() => void server?.close().closeAllConnections());

  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey.export({ format: 'jwk' });
  const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ format: 'jwk' });

  /** Serves what `answer` says, and counts how often it was asked. */
  async function serve(answer: () => { status?: number; body: unknown }) {
    const count = { asked: 0 };
    server = createServer((_request, response) => {
      count.asked++;
      const { status = 200, body } = answer();
      response.writeHead(status).end(typeof body === 'string' ? body : JSON.stringify(body));
    });
    const port = await choosePort();
    await new Promise<void>((resolve) => server?.listen(port, '127.0.0.1', resolve));
    return { url: `http://127.0.0.1:${port}/keys`, count };
  }

  test('finds a key by its id, with the one algorithm that fits it', async () => {
    const { url } = await serve(() => ({
      body: {
        keys: [
          { ...rsa, kid: 'a' },
          { ...ec, kid: 'b' },
        ],
      },
    }));
    const jwks = createJwks(url);
    expect((await jwks('a'))?.algorithms).toEqual(['RS256']);
    expect((await jwks('b'))?.algorithms).toEqual(['ES256']);
  });

  test('without an id finds the only key, and none of several', async () => {
    let keys = [{ ...rsa, kid: 'a' }];
    const { url } = await serve(() => ({ body: { keys } }));
    expect(await createJwks(url)(undefined)).not.toBeNull();
    keys = [...keys, { ...ec, kid: 'b' }];
    expect(await createJwks(url)(undefined)).toBeNull();
  });

  test('row 6: unknown ids are asked for at most once in 30 s; then a new key is found', async () => {
    let keys = [{ ...rsa, kid: 'a' }];
    let nowMs = 0;
    const { url, count } = await serve(() => ({ body: { keys } }));
    const jwks = createJwks(url, () => nowMs);
    await jwks('a');
    await Promise.all(['x', '../../dev/null', "' OR 1"].map((kid) => jwks(kid)));
    expect(count.asked).toBe(1);
    keys = [{ ...ec, kid: 'b' }];
    nowMs += 31_000;
    expect(await Promise.all([jwks('b'), jwks('b')])).toEqual([expect.anything(), expect.anything()]);
    expect(count.asked).toBe(2);
  });

  test('passes over keys that cannot verify here', async () => {
    const secret = { kty: 'oct', k: 'c2VjcmV0', kid: 'a' };
    const encryption = { ...rsa, use: 'enc', kid: 'b' };
    const { url } = await serve(() => ({
      body: { keys: [secret, encryption, { kty: 'RSA', kid: 'c' }, { ...ec, kid: 'd' }] },
    }));
    const jwks = createJwks(url);
    expect(await Promise.all(['a', 'b', 'c'].map((kid) => jwks(kid)))).toEqual([null, null, null]);
    expect(await jwks('d')).not.toBeNull();
  });

  test('serves on with the keys it knows while the site is away, and says so where it never had any', async () => {
    let status = 200;
    let nowMs = 0;
    const { url } = await serve(() => ({ status, body: { keys: [{ ...rsa, kid: 'a' }] } }));
    const jwks = createJwks(url, () => nowMs);
    await jwks('a');
    status = 500;
    nowMs += 400_000;
    expect(await jwks('a')).not.toBeNull();
    await expect(createJwks(url)('a')).rejects.toMatchObject({ code: 'jwks', retriable: true });
  });

  test('refuses a set that is too large', async () => {
    const { url } = await serve(() => ({ body: `{"keys":[],"x":"${'x'.repeat(300_000)}"}` }));
    await expect(createJwks(url)('a')).rejects.toThrow(/larger than/);
  });
});

describe('reading the environment', () => {
  const read = (source: Record<string, string>) => {
    const reader = new EnvironmentReader(source);
    readTokenKeys(reader);
    return () => reader.finish();
  };

  test.each([
    ['none', {}],
    ['two', { JWT_SECRET: 'a', JWT_JWKS_URL: 'https://a/keys' }],
    ['a key that is none', { JWT_PUBLIC_KEY: 'x' }],
    ['an address that is none', { JWT_JWKS_URL: 'ftp://a' }],
  ])('%s cannot be right', (_case, source) => {
    expect(read(source)).toThrow(/JWT_/);
  });

  test('a PEM may have its line breaks written as \\n', () => {
    const pem = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ type: 'spki', format: 'pem' });
    expect(read({ JWT_PUBLIC_KEY: pem.toString().replaceAll('\n', '\\n') })).not.toThrow();
  });
});

test('a secret shorter than HS256’s hash is called weak, in bytes, and never shown', () => {
  expect(secretWeakness('x')).toMatch('JWT_SECRET has 1 byte,');
  expect(secretWeakness('äöü-secret')).toMatch('has 13 bytes,');
  expect(secretWeakness('äöü-secret')).not.toContain('äöü');
  expect(secretWeakness('s'.repeat(31))).toMatch('has 31 bytes,');
  expect(secretWeakness('s'.repeat(32))).toBeNull();
  expect(secretWeakness(null)).toBeNull();
});
