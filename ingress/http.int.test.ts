import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import jwt from 'jsonwebtoken';
import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { AppError } from '../shared/errors.ts';
import { notFound } from '../shared/endpoint.ts';
import { freshId } from '../shared/ids.ts';
import { createVerifier } from '../shared/jwt.ts';
import { header } from '../shared/event.ts';
import { testRoutes } from './testing/endpoints.ts';
import { bearer, SECRET, startIngress, type TestIngress } from './testing/ingress.ts';

/** What every route shares, on endpoints of the tests' own. Numbers of rows are those of reliability.md (d). */

const UNAUTHORIZED = { success: 'false', message: 'anauthorized' };
const BAD_PARAMS = expect.objectContaining({ success: 'false', message: 'bad params' });

let ingress: TestIngress;
beforeAll(async () => {
  ingress = await startIngress(testRoutes());
});
afterAll(() => ingress.close());

const say = (message: string, headers: Record<string, string | string[]> = {}) =>
  ingress.send({ path: '/say', headers: { ...bearer(), ...headers }, body: { message } });

describe('tokens', () => {
  const sub = freshId();
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const rsaPem = rsa.publicKey.export({ type: 'spki', format: 'pem' }).toString();
  const now = Math.floor(Date.now() / 1_000);
  const good = { sub, type: 'client', exp: now + 600 };
  const sign = (claims: object, header: object = {}) =>
    jwt.sign(claims, SECRET, { algorithm: 'HS256', header: { alg: 'HS256', ...header } as jwt.JwtHeader });
  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const unsigned = (alg: string) => `${part({ alg, typ: 'JWT' })}.${part(good)}.`;
  const signed = sign(good);
  const [head = '', body = '', signature = ''] = signed.split('.');

  test('a good token of the site passes', async () => {
    const answer = await ingress.send({ path: '/look', headers: { authorization: `Bearer ${signed}` } });
    expect(answer.status).toBe(200);
  });

  test.each<[string, Record<string, string | string[]>]>([
    ['row 1: no Authorization header', {}],
    ['row 1: an empty one', { authorization: '' }],
    ['row 1: Bearer without a token', { authorization: 'Bearer ' }],
    ['row 1: Basic', { authorization: 'Basic dXNlcjpwYXNz' }],
    ['row 1: two of them', { authorization: [`Bearer ${signed}`, `Bearer ${signed}`] }],
    ['row 2: alg none', { authorization: `Bearer ${unsigned('none')}` }],
    ['row 2: alg None', { authorization: `Bearer ${unsigned('None')}` }],
    ['row 2: alg nOnE', { authorization: `Bearer ${unsigned('nOnE')}` }],
    ['row 2: alg HS256 with an empty signature', { authorization: `Bearer ${head}.${body}.` }],
    ['row 4: expired', { authorization: `Bearer ${sign({ ...good, exp: now - 31 })}` }],
    ['row 4: not valid yet', { authorization: `Bearer ${sign({ ...good, nbf: now + 3_600 })}` }],
    ['row 4: without exp', { authorization: `Bearer ${sign({ sub, type: 'client' })}` }],
    [
      'row 4: exp is text',
      { authorization: `Bearer ${rawToken(`{"sub":"${sub}","type":"client","exp":"${now + 600}"}`)}` },
    ],
    ['row 4: exp is 1e309', { authorization: `Bearer ${rawToken(`{"sub":"${sub}","type":"client","exp":1e309}`)}` }],
    ['row 5: a refresh token', { authorization: `Bearer ${sign({ ...good, typ: 'refresh' })}` }],
    ['row 5: an id token', { authorization: `Bearer ${sign({ ...good, typ: 'ID' })}` }],
    [
      "row 5: this product's own issuer, which issues none here",
      { authorization: `Bearer ${sign({ ...good, iss: 'rostra' })}` },
    ],
    ['row 7: 3 segments and one more', { authorization: `Bearer ${signed}.x` }],
    ['row 7: 5 segments', { authorization: `Bearer ${signed}.x.y` }],
    ['row 7: 2 segments', { authorization: `Bearer ${head}.${body}` }],
    ['row 7: bad base64url', { authorization: `Bearer !!!.${body}.${signature}` }],
    [
      'row 7: claims nested 2,000 deep',
      { authorization: `Bearer ${rawToken(`${'['.repeat(2_000)}${']'.repeat(2_000)}`)}` },
    ],
    ['row 7: sub is no uuid', { authorization: `Bearer ${sign({ ...good, sub: 'me' })}` }],
    ['row 7: type is neither user nor client', { authorization: `Bearer ${sign({ ...good, type: 'admin' })}` }],
    ['row 7: a token of 12 KB', { authorization: `Bearer ${sign({ ...good, name: 'x'.repeat(9_000) })}` }],
    ['row 7: another secret', { authorization: `Bearer ${jwt.sign(good, 'another secret')}` }],
  ])('%s answers 401', async (_row, headers) => {
    const answer = await ingress.send({ path: '/look', headers });
    expect(answer.status).toBe(401);
    expect(answer.json).toEqual(UNAUTHORIZED);
    expect(answer.headers['www-authenticate']).toMatch(/^Bearer/);
  });

  test('row 7: a token of 100 KB is cut off by the header limit', async () => {
    const answer = await ingress.raw(
      `GET /look HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${'x'.repeat(100_000)}\r\n\r\n`,
    );
    expect(answer).toMatch(/^HTTP\/1\.1 431 /);
  });

  test.each([
    ['row 3: HS256 signed with the public key', () => signHs256(good, rsaPem)],
    ['row 5: no audience', () => rs256({ ...good, iss: 'site' })],
    ['row 5: another audience', () => rs256({ ...good, iss: 'site', aud: 'other' })],
    ['row 5: no issuer', () => rs256({ ...good, aud: 'rostra' })],
    ['row 5: another issuer', () => rs256({ ...good, iss: 'elsewhere', aud: 'rostra' })],
  ])('%s answers 401 where the site signs with RS256 for one audience', async (_row, token) => {
    const verifier = createVerifier({
      secret: null,
      publicKey: rsaPem,
      jwks: null,
      issuer: 'site',
      audience: 'rostra',
      own: null,
      now: Date.now,
    });
    const strict = await startIngress(testRoutes(), { verifier });
    try {
      const [refused, accepted] = await Promise.all(
        [token(), rs256({ ...good, iss: 'site', aud: 'rostra' })].map((text) =>
          strict.send({ path: '/look', headers: { authorization: `Bearer ${text}` } }),
        ),
      );
      expect([refused?.status, accepted?.status]).toEqual([401, 200]);
    } finally {
      await strict.close();
    }
  });

  test.each([
    ['an unknown kid', { kid: 'unknown' }],
    ['none where there are several', {}],
    ['a path as kid', { kid: '../../dev/null' }],
    ['SQL as kid', { kid: "' UNION SELECT 'x" }],
    ['a jku', { kid: 'unknown', jku: 'http://127.0.0.1:1/keys' }],
    ['a jwk', { kid: 'unknown', jwk: createPublicKey(rsaPem).export({ format: 'jwk' }) }],
    ['an x5u', { kid: 'unknown', x5u: 'http://127.0.0.1:1/x' }],
  ])('row 6: %s answers 401 and causes no request', async (_case, extra) => {
    const asked: (string | undefined)[] = [];
    const keys = new Map([
      ['a', createPublicKey(rsaPem)],
      ['b', createPublicKey(rsaPem)],
    ]);
    const jwks = async (kid: string | undefined) => {
      asked.push(kid);
      const key = keys.get(kid ?? '');
      return key ? { key, algorithms: ['RS256' as const] } : null;
    };
    const options = { secret: null, publicKey: null, issuer: null, audience: null, own: null, now: Date.now };
    const strict = await startIngress(testRoutes(), { verifier: createVerifier({ ...options, jwks }) });
    try {
      const header = { alg: 'RS256', ...extra } as jwt.JwtHeader;
      const token = jwt.sign(good, rsa.privateKey, { algorithm: 'RS256', header });
      const answer = await strict.send({ path: '/look', headers: { authorization: `Bearer ${token}` } });
      expect(answer.status).toBe(401);
      expect(asked).toEqual([(extra as { kid?: string }).kid]);
    } finally {
      await strict.close();
    }
  });

  function rs256(claims: object): string {
    return jwt.sign(claims, rsa.privateKey, { algorithm: 'RS256' });
  }

  function rawToken(payload: string): string {
    return signHs256Raw(part({ alg: 'HS256', typ: 'JWT' }), Buffer.from(payload).toString('base64url'), SECRET);
  }

  function signHs256(claims: object, secret: string): string {
    return signHs256Raw(part({ alg: 'HS256', typ: 'JWT' }), part(claims), secret);
  }
});

function signHs256Raw(head: string, body: string, secret: string): string {
  // jsonwebtoken refuses to make such tokens; an attacker does not ask it.
  const { createHmac } = process.getBuiltinModule('node:crypto');
  return `${head}.${body}.${createHmac('sha256', secret).update(`${head}.${body}`).digest('base64url')}`;
}

describe('what a caller may', () => {
  test('row 9: a route for a scope answers 403 to those without it', async () => {
    const without = await ingress.send({ path: '/guarded', headers: bearer() });
    expect([without.status, without.json]).toEqual([403, { success: 'false', message: 'forbidden' }]);
    const having = await ingress.send({ path: '/guarded', headers: bearer({ scope: 'a money:deposit' }) });
    expect(having.status).toBe(200);
  });

  test('row 63: routes of operators do not exist for others', async () => {
    const other = await ingress.send({ path: '/look/1', headers: bearer({ scope: 'notify' }) });
    expect([other.status, other.json]).toEqual([404, { success: 'false', message: 'not found' }]);
  });

  test('row 63: measurements are for this machine and for operators', async () => {
    const here = await ingress.send({ path: '/metrics' });
    expect(here.text).toContain('rostra_http_requests_total');
    const passedOn = await ingress.send({ path: '/metrics', headers: { 'x-forwarded-for': '203.0.113.9' } });
    expect([passedOn.status, passedOn.json]).toEqual([404, { success: 'false', message: 'not found' }]);
    const viewer = await ingress.send({ path: '/api/metrics', headers: bearer() });
    expect(viewer.status).toBe(404);
    const operator = await ingress.send({ path: '/api/metrics', headers: bearer({ scope: 'ops' }) });
    expect(operator.status).toBe(200);
  });

  test.each(['/.git/config', '/debug', '/.env', '/nothing'])('row 63: %s answers 404', async (path) => {
    const answer = await ingress.send({ path });
    expect([answer.status, answer.json]).toEqual([404, { success: 'false', message: 'not found' }]);
  });
});

describe('bodies', () => {
  const post = (body: unknown, headers: Record<string, string> = {}) =>
    ingress.send({ path: '/say', headers: { ...bearer(), ...headers }, body });

  test.each<[string, Buffer | string]>([
    ['not JSON', 'message=hello'],
    ['empty', ''],
    ['null', 'null'],
    ['an array', '[]'],
    ['a string', '"x"'],
    ['garbage after it', '{"message":"a"} x'],
    ['two documents', '{"message":"a"}{"message":"b"}'],
    ['a byte order mark', Buffer.from('\ufeff{"message":"a"}')],
    ['UTF-16', Buffer.from('{"message":"a"}', 'utf16le')],
    ['invalid UTF-8', Buffer.concat([Buffer.from('{"message":"'), Buffer.from([0xc3, 0x28]), Buffer.from('"}')])],
    [
      'an overlong encoding',
      Buffer.concat([Buffer.from('{"message":"'), Buffer.from([0xc0, 0x80]), Buffer.from('"}')]),
    ],
  ])('row 24: %s answers 400', async (_case, body) => {
    const answer = await post(body);
    expect([answer.status, answer.json]).toEqual([400, BAD_PARAMS]);
  });

  test.each<[string, Record<string, string>]>([
    ['text/plain', { 'content-type': 'text/plain' }],
    ['a form', { 'content-type': 'application/x-www-form-urlencoded' }],
    ['UTF-7', { 'content-type': 'application/json; charset=utf-7' }],
    ['UTF-16', { 'content-type': 'application/json; charset=utf-16' }],
    ['multipart', { 'content-type': 'multipart/form-data; boundary=x' }],
    ['another JSON', { 'content-type': 'application/problem+json' }],
    ['two charsets', { 'content-type': 'application/json; charset=utf-8; charset=utf-7' }],
    ['empty', { 'content-type': '' }],
  ])('row 25: content type %s answers 415', async (_case, headers) => {
    const answer = await post('{"message":"a"}', headers);
    expect([answer.status, answer.json]).toEqual([415, { success: 'false', message: 'unsupported media type' }]);
  });

  test('row 25: no content type answers 415, and charset utf-8 passes', async () => {
    const { authorization } = bearer();
    const answer = await ingress.raw(
      `POST /say HTTP/1.1\r\nHost: a\r\nAuthorization: ${authorization}\r\nConnection: close\r\nContent-Length: 15\r\n\r\n{"message":"a"}`,
    );
    expect(answer).toMatch(/^HTTP\/1\.1 415 /);
    expect((await post('{"message":"a"}', { 'content-type': 'application/JSON; charset="UTF-8"' })).status).toBe(201);
  });

  test('row 26: 64 KiB and one byte answer 413, also in chunks', async () => {
    const body = `{"message":"${'x'.repeat(64 * 1024)}"}`;
    for (const headers of [{}, { 'transfer-encoding': 'chunked' }] as Record<string, string>[]) {
      const answer = await post(body, headers);
      expect([answer.status, answer.json]).toEqual([413, { success: 'false', message: 'too large' }]);
    }
  });

  test('row 26: a compressed body is refused unopened', async () => {
    const answer = await post(Buffer.from([0x1f, 0x8b, 0x08]), { 'content-encoding': 'gzip' });
    expect([answer.status, answer.json]).toEqual([415, { success: 'false', message: 'unsupported media type' }]);
  });

  test('row 26: a content length that lies answers 400', async () => {
    const head = `POST /say HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nAuthorization: ${bearer().authorization}\r\n`;
    const short = await ingress.raw(`${head}Content-Length: 5\r\n\r\n{"message":"a"}`);
    expect(short).toMatch(/^HTTP\/1\.1 400 /);
    const negative = await ingress.raw(`${head}Content-Length: -1\r\n\r\n{"message":"a"}`);
    expect(negative).toMatch(/^HTTP\/1\.1 400 /);
    const twice = await ingress.raw(`${head}Content-Length: 15\r\nContent-Length: 16\r\n\r\n{"message":"a"}`);
    expect(twice).toMatch(/^HTTP\/1\.1 400 /);
  });

  test.each<[string, string]>([
    ['nesting of 10,000', `{"message":${'['.repeat(10_000)}${']'.repeat(10_000)}}`],
    ['5,000 keys', `{${Array.from({ length: 5_000 }, (_, at) => `"k${at}":1`).join(',')}}`],
    ['a string of 60 KB', JSON.stringify({ message: 'x'.repeat(60_000) })],
    ['501 characters', JSON.stringify({ message: '😀'.repeat(501) })],
  ])('row 27: %s answers 400', async (_case, body) => {
    const answer = await post(body);
    expect([answer.status, answer.json]).toEqual([400, BAD_PARAMS]);
  });

  test('row 27: 500 characters pass, an emoji being one', async () => {
    expect((await post({ message: '😀'.repeat(500) })).status).toBe(201);
  });

  test.each(['{"message":"a","message":"b"}', '{"message":"a","\\u006dessage":"b"}'])(
    'row 18: %s, which says one thing twice, answers 400',
    async (body) => {
      expect((await post(body)).json).toEqual(BAD_PARAMS);
    },
  );

  test.each(['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty'])(
    'row 28: %s as a key answers 400 and pollutes nothing',
    async (key) => {
      for (const body of [
        `{"message":"a","${key}":{"polluted":true}}`,
        `{"${key}":{"prototype":{"polluted":1}},"message":"a"}`,
      ]) {
        expect((await post(body)).json).toEqual(BAD_PARAMS);
      }
      const query = await ingress.send({ path: `/look?${key}=1`, headers: bearer() });
      expect(query.json).toEqual(BAD_PARAMS);
      const asHeader = await say('a', { [key.toLowerCase()]: 'x' });
      expect(asHeader.status).toBe(201);
      expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
    },
  );

  test.each(['sender_id', 'user_id', 'status', 'is_admin', 'created_at', 'balance'])(
    'row 13: a body that sets %s answers 400 and names it',
    async (field) => {
      const answer = await post({ message: 'a', [field]: 'x' });
      expect([answer.status, answer.json]).toEqual([
        400,
        { success: 'false', message: 'bad params', errors: [{ path: `/${field}`, message: 'is not a known field' }] },
      ]);
    },
  );

  test.each([
    ['NUL', '{"message":"a\\u0000b"}'],
    ['a lone high surrogate', '{"message":"a\\ud800b"}'],
    ['a lone low surrogate', '{"message":"a\\udc00"}'],
  ])('row 29: %s answers 400', async (_case, body) => {
    expect((await post(body)).json).toEqual(BAD_PARAMS);
  });

  test.each([
    ['row 29: text that turns its direction', 'abc\u202edef'],
    ['row 29: zero-width characters', 'a\u200bb\u200dc\ufeff'],
    ['row 29: a four-byte emoji', '😀'],
    ['row 29: a family in one', '👨‍👩‍👧‍👦'],
    ['row 29: 400 combining marks', `e${'\u0301'.repeat(400)}`],
    ['row 29: line breaks', 'a\r\nb'],
    ['row 30: markup', '<script>alert(1)</script>'],
    ['row 30: a javascript link', 'javascript:alert(1)'],
    ['row 30: templates', '${7*7}{{7*7}}'],
    ['row 31: SQL', "'; DROP TABLE messages; --"],
    ['row 62: a forged log line', '\n{"level":"error"}'],
  ])('%s reaches the event as it came', async (_row, text) => {
    const answer = await say(text);
    expect(answer.status).toBe(201);
    const record = ingress.published.find(({ headers }) => headers[header.id] === answer.json['id']);
    expect(JSON.parse(String(record?.value))).toMatchObject({ value: text });
  });
});

describe('queries and paths', () => {
  test.each([
    '/look?name=a&name=b',
    '/look?name=a&name%5Bx%5D=c',
    '/look?name[]=a',
    '/look?other=1',
    '/look?name=%00',
    '/look?name=%zz',
    '/look?name=%ff',
  ])('row 33: %s answers 400', async (path) => {
    const answer = await ingress.send({ path, headers: bearer() });
    expect([answer.status, answer.json]).toEqual([400, BAD_PARAMS]);
  });

  test('row 32: a query is taken as it is, and nothing is read into it', async () => {
    const text = '%_\\(a+)+$';
    const answer = await ingress.send({ path: `/look?name=${encodeURIComponent(text)}`, headers: bearer() });
    expect(answer.json).toEqual({ success: true, query: { name: text } });
  });

  test.each([
    ['TRACE', '/look', 'GET, HEAD'],
    ['PUT', '/say', 'POST'],
    ['GET', '/say', 'POST'],
    ['HEAD', '/say', 'POST'],
    ['DELETE', '/api/look', 'GET, HEAD'],
    ['OPTIONS', '/look', 'GET, HEAD'],
    ['POST', '/healthz', 'GET, HEAD'],
    ['PURGE', '/utter', 'POST'],
  ])('row 36: %s %s answers 405 and what is allowed', async (method, path, allow) => {
    const answer = await ingress.send({ method, path, headers: bearer() });
    expect([answer.status, answer.headers.allow]).toEqual([405, allow]);
    if (method !== 'HEAD') expect(answer.json).toEqual({ success: 'false', message: 'method not allowed' });
  });

  test('row 36: another method in a header changes nothing', async () => {
    const answer = await ingress.send({ path: '/look', headers: { ...bearer(), 'x-http-method-override': 'POST' } });
    expect(answer.status).toBe(200);
  });

  test.each([
    ['//look', 404],
    ['/look//', 404],
    ['/look/', 404],
    ['/LOOK', 404],
    ['/x/../look', 404],
    ['/%2e%2e/look', 404],
    ['/api%2flook', 404],
    ['/look%5c', 404],
    ['/look%00', 400],
    ['/look/%zz', 400],
  ])('row 36: %s answers %i', async (path, status) => {
    expect((await ingress.send({ path, headers: bearer() })).status).toBe(status);
  });

  test('every route answers at the root and under /api, in all its spellings', async () => {
    for (const path of ['/say', '/utter', '/api/say', '/api/utter']) {
      expect((await ingress.send({ path, headers: bearer(), body: { message: 'a' } })).status).toBe(201);
    }
    expect((await ingress.send({ path: '/api/look', headers: bearer() })).status).toBe(200);
    expect((await ingress.send({ path: '/api/api/look', headers: bearer() })).status).toBe(404);
  });

  test('a HEAD request is answered as a GET without its body', async () => {
    const answer = await ingress.send({ method: 'HEAD', path: '/look', headers: bearer() });
    expect([answer.status, answer.text]).toEqual([200, '']);
  });
});

describe('where a request comes from', () => {
  test('row 37: forged headers about the caller are ignored', async () => {
    const sub = freshId();
    const forged = { 'x-user-id': freshId(), 'x-forwarded-host': 'evil.example', host: 'evil.example' };
    const answer = await ingress.send({
      path: '/say',
      headers: { ...bearer({ sub }), ...forged },
      body: { message: 'a' },
    });
    const record = ingress.published.find(({ headers }) => headers[header.id] === answer.json['id']);
    expect(JSON.parse(String(record?.value))).toMatchObject({ from: { uuid: sub } });
  });

  test.each([
    ['another origin', 'https://evil.example'],
    ['null', 'null'],
    ['an allowed one with a suffix', 'https://app.example.evil.io'],
    ['an allowed one with a prefix', 'https://notapp.example'],
    ['another scheme', 'http://app.example'],
    ['another port', 'https://app.example:8443'],
  ])('row 38: %s is told nothing', async (_case, origin) => {
    const strict = await startIngress(testRoutes(), { allowedOrigins: ['https://app.example'] });
    try {
      const refused = await strict.send({ path: '/look', headers: { ...bearer(), origin } });
      expect(refused.headers['access-control-allow-origin']).toBeUndefined();
      const allowed = await strict.send({ path: '/look', headers: { ...bearer(), origin: 'https://app.example' } });
      expect(allowed.headers['access-control-allow-origin']).toBe('https://app.example');
      const preflight = { origin: 'https://app.example', 'access-control-request-method': 'POST' };
      const asked = await strict.send({ method: 'OPTIONS', path: '/say', headers: preflight });
      expect(asked.headers['x-content-type-options']).toBe('nosniff');
      expect(asked.headers['x-request-id']).toBeDefined();
      expect([asked.status, asked.headers['access-control-allow-headers']]).toEqual([
        204,
        expect.stringContaining('Idempotency-Key'),
      ]);
    } finally {
      await strict.close();
    }
  });

  test('row 38: unless origins are named, only pages of the same host may ask, on any port', async () => {
    const ask = (origin: string) => ingress.send({ path: '/look', headers: { ...bearer(), origin } });
    expect((await ask('http://127.0.0.1:8080')).headers['access-control-allow-origin']).toBe('http://127.0.0.1:8080');
    expect((await ask('http://localhost:8080')).headers['access-control-allow-origin']).toBeUndefined();
  });
});

describe('answers', () => {
  test('a publish answers exactly success and id, after the event was handed over', async () => {
    const answer = await say('hello');
    expect(answer.status).toBe(201);
    expect(answer.json).toEqual({ success: 'ok', id: expect.stringMatching(/^[0-9a-f-]{36}$/) });
    expect(ingress.published.at(-1)?.headers[header.id]).toBe(answer.json['id']);
  });

  test('row 30: every answer says what it is and lets nothing run', async () => {
    for (const path of ['/look', '/nothing', '/healthz']) {
      const { headers } = await ingress.send({ path, headers: bearer() });
      expect(headers).toMatchObject({
        'x-content-type-options': 'nosniff',
        'content-security-policy': "default-src 'none';frame-ancestors 'none'",
        'x-request-id': expect.any(String),
      });
      expect(headers).not.toHaveProperty('x-powered-by');
      expect(headers).not.toHaveProperty('etag');
    }
  });

  test('a sane request id is kept, another is replaced', async () => {
    const kept = await ingress.send({ path: '/look', headers: { ...bearer(), 'x-request-id': 'abc-1' } });
    expect(kept.headers['x-request-id']).toBe('abc-1');
    const replaced = await ingress.send({ path: '/look', headers: { ...bearer(), 'x-request-id': 'a b"' } });
    expect(replaced.headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/);
  });

  test('a valid traceparent travels with the event; another is replaced', async () => {
    const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
    await say('a', { traceparent });
    expect(ingress.published.at(-1)?.headers[header.traceparent]).toBe(traceparent);
    await say('a', { traceparent: `00-${'0'.repeat(32)}-00f067aa0ba902b7-01` });
    expect(ingress.published.at(-1)?.headers[header.traceparent]).toMatch(/^00-(?!0{32})[0-9a-f]{32}-[0-9a-f]{16}-01$/);
  });

  test.each([
    [
      'a broker out of reach',
      new AppError('broker-unconfirmed', 'secret host', { retriable: true }),
      503,
      'unavailable',
    ],
    ['an error of ours', new Error('SELECT secret FROM /etc/passwd'), 500, 'internal error'],
    ['a contradiction of ours', new AppError('invariant', 'secret', { retriable: false }), 500, 'internal error'],
    ['a refusal', notFound(), 404, 'not found'],
  ])('%s is told in stable words, and nothing else', async (_case, thrown, status, message) => {
    const failing = await startIngress(testRoutes(), {
      publisher: { publish: () => Promise.reject(thrown), refusal: () => null },
    });
    try {
      const answer = await failing.send({ path: '/say', headers: bearer(), body: { message: 'a' } });
      expect([answer.status, answer.json]).toEqual([status, { success: 'false', message }]);
      expect(answer.headers['retry-after']).toBe(status === 503 ? '1' : undefined);
    } finally {
      await failing.close();
    }
  });

  test('while the publisher takes nothing, a call is answered 503 before its key is claimed', async () => {
    const caller = bearer();
    let refusal: AppError | null = new AppError('unavailable', 'secret host', { retriable: true });
    const publisher = { publish: async () => undefined, refusal: () => refusal };
    const shedding = await startIngress(testRoutes(), { publisher });
    try {
      const say = (message: string) =>
        shedding.send({ path: '/say', headers: { ...caller, 'idempotency-key': 'k' }, body: { message } });
      const statuses = [(await say('a')).status];
      refusal = null;
      statuses.push((await say('b')).status);
      expect(statuses).toEqual([503, 201]);
    } finally {
      await shedding.close();
    }
  });

  test('a body where none is taken answers 400', async () => {
    const answer = await ingress.send({ method: 'GET', path: '/look', headers: bearer(), body: { a: 1 } });
    expect([answer.status, answer.json]).toEqual([400, BAD_PARAMS]);
  });
});
