import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { testRoutes } from './testing/endpoints.ts';
import { bearer, limitsOff, startIngress, type TestIngress } from './testing/ingress.ts';

/** Routes for those who are not signed in, and routes of other methods than GET and POST. */

let ingress: TestIngress;
beforeAll(async () => {
  ingress = await startIngress(testRoutes());
});
afterAll(() => ingress.close());

const enter = (at: TestIngress, account: string, password = 'sesame', headers = {}) =>
  at.send({ path: '/api/enter', body: { account, password }, headers });

describe('a public route', () => {
  test('needs no token, and one that is there makes no difference', async () => {
    for (const headers of [{}, bearer(), { authorization: 'Bearer nonsense' }]) {
      const answer = await enter(ingress, 'Ann', 'sesame', headers);
      expect(answer).toMatchObject({
        status: 201,
        json: { success: true, subject: '', from: { address: '127.0.0.1' } },
      });
      expect(answer.headers['cache-control']).toBe('public, max-age=60');
    }
  });

  test('answers its own refusals in the one shape', async () => {
    const answer = await enter(ingress, 'Ann', 'wrong');
    expect([answer.status, answer.json]).toEqual([401, { success: 'false', message: 'anauthorized' }]);
  });
});

describe('row 53: tries to log in', () => {
  const limits = {
    ...limitsOff,
    login: { calls: 2, windowMs: 60_000 },
    'login-address': { calls: 5, windowMs: 60_000 },
  };

  test('are counted by the account that they name, whoever tries', async () => {
    const limited = await startIngress(testRoutes(), { limits, trustedProxies: ['127.0.0.1'] });
    const from = (last: number) => ({ 'x-forwarded-for': `203.0.113.${last}` });
    try {
      const tries = [await enter(limited, 'Ann', 'a', from(1)), await enter(limited, 'ANN', 'b', from(2))];
      const third = await enter(limited, 'ann', 'sesame', from(3));
      expect([...tries, third].map(({ status }) => status)).toEqual([401, 401, 429]);
      expect(third.json).toEqual({ success: 'false', message: 'too many requests' });
      expect(Number(third.headers['retry-after'])).toBeGreaterThan(50);
      expect(third.headers).toMatchObject({ 'ratelimit-limit': '2', 'ratelimit-remaining': '0' });
      expect((await enter(limited, 'Bob', 'sesame', from(3))).status).toBe(201);
    } finally {
      await limited.close();
    }
  });

  test('are counted by their address, whichever accounts they name', async () => {
    const limited = await startIngress(testRoutes(), { limits });
    try {
      const statuses = [];
      for (let at = 0; at < 6; at++) statuses.push((await enter(limited, `person ${at}`, 'guess')).status);
      expect(statuses).toEqual([401, 401, 401, 401, 401, 429]);
    } finally {
      await limited.close();
    }
  });
});

describe('PUT and DELETE', () => {
  test('take a body, and no Idempotency-Key', async () => {
    for (const method of ['PUT', 'DELETE']) {
      const headers = { ...bearer(), 'idempotency-key': 'k' };
      const answer = await ingress.send({ method, path: '/change', headers, body: { value: 'a' } });
      expect(answer).toMatchObject({ status: 200, json: { success: true, value: 'a', isKeyed: false } });
    }
  });

  test('where no body is taken, an empty object is none, and anything else is refused', async () => {
    const send = (body: unknown, path = '/leave') => ingress.send({ method: 'POST', path, headers: bearer(), body });
    expect([(await send({})).status, (await send(undefined)).status]).toEqual([200, 200]);
    for (const body of ['null', '[]', '0', '""', '{"why":"late"}']) {
      expect((await send(body)).json).toMatchObject({ message: 'bad params', errors: [{ path: '/' }] });
    }
  });

  test('answer 400 to a body that is wrong, and 405 with what is allowed to another method', async () => {
    const wrong = await ingress.send({ method: 'PUT', path: '/change', headers: bearer(), body: { value: 1 } });
    expect(wrong.status).toBe(400);
    const other = await ingress.send({ method: 'PATCH', path: '/change', headers: bearer(), body: { value: 'a' } });
    expect([other.status, other.headers.allow]).toEqual([405, 'PUT, DELETE']);
  });

  test('are allowed to pages of our own by a preflight', async () => {
    const headers = { origin: `http://127.0.0.1:1`, 'access-control-request-method': 'DELETE' };
    const answer = await ingress.send({ method: 'OPTIONS', path: '/change', headers });
    expect(String(answer.headers['access-control-allow-methods'])).toContain('DELETE');
  });
});
