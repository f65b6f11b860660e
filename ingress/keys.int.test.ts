import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { systemClock } from '../shared/clock.ts';
import { AppError } from '../shared/errors.ts';
import { header } from '../shared/event.ts';
import { freshId, intentionId } from '../shared/ids.ts';
import type { OutRecord } from '../shared/kafka.ts';
import { testRoutes } from './testing/endpoints.ts';
import { bearer, limitsOff, startIngress, type TestIngress } from './testing/ingress.ts';
import { judgedByRedis } from './testing/judged-by-redis.ts';

/** Idempotency keys and limits as callers see them. Numbers of rows are those of reliability.md (d). */

let ingress: TestIngress;
beforeAll(async () => {
  ingress = await startIngress(testRoutes());
});
afterAll(() => ingress.close());

const say = (caller: object, key: string, message: string, path = '/say') =>
  ingress.send({ path, headers: { ...caller, 'idempotency-key': key }, body: { message } });

describe('one key', () => {
  test('gives the id that its caller, operation and key always give', async () => {
    const sub = freshId();
    const answer = await say(bearer({ sub }), 'k-1', 'hello');
    expect(answer.json).toEqual({ success: 'ok', id: intentionId('', sub, 'test.say', 'k-1') });
    expect(answer.headers['idempotency-hit']).toBeUndefined();
    expect(ingress.published.at(-1)?.headers[header.fingerprint]).toMatch(/^[0-9a-f]{64}$/);
  });

  test('row 21: 100 at once with the same body answer 201 and one id', async () => {
    const answers = await judgedByRedis(() => {
      const caller = bearer();
      return Promise.all(Array.from({ length: 100 }, () => say(caller, 'same', 'hello')));
    });
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([201]));
    expect(new Set(answers.map(({ json }) => json['id'])).size).toBe(1);
    expect(answers.filter(({ headers }) => headers['idempotency-hit'] === 'true')).toHaveLength(99);
  });

  test('is one for all spellings of a route, and for the order of the fields', async () => {
    const caller = bearer();
    const first = await say(caller, 'k', 'hello', '/say');
    const headers = { ...caller, 'idempotency-key': 'k', 'content-type': 'application/json' };
    const second = await ingress.send({ path: '/api/utter', headers, body: ' { "message" : "hello" } ' });
    expect([second.status, second.json['id'], second.headers['idempotency-hit']]).toEqual([
      201,
      first.json['id'],
      'true',
    ]);
  });

  test('row 22: with another body answers 422, and publishes nothing', async () => {
    const caller = bearer();
    await say(caller, 'k', 'hello');
    const before = ingress.published.length;
    const answer = await say(caller, 'k', 'other');
    expect([answer.status, answer.json]).toEqual([422, { success: 'false', message: 'key reused' }]);
    expect(ingress.published).toHaveLength(before);
  });

  test('row 22: of another person is another key', async () => {
    const [ann, bob] = [await say(bearer(), 'k', 'a'), await say(bearer(), 'k', 'b')];
    expect([ann.status, bob.status]).toEqual([201, 201]);
    expect(ann.json['id']).not.toBe(bob.json['id']);
  });

  test.each([
    ['300 characters', 'x'.repeat(300)],
    ['256 characters', 'x'.repeat(256)],
    ['nothing', ''],
    ['a blank inside', 'a b'],
    ['a tab', 'a\tb'],
    ['beyond ASCII', 'caf\u00e9'],
  ])('row 22: of %s answers 400 and names the header', async (_case, key) => {
    const answer = await say(bearer(), key, 'hello');
    expect(answer.status).toBe(400);
    expect(answer.json).toMatchObject({ message: 'bad params', errors: [{ path: '/Idempotency-Key' }] });
  });

  test('row 22: two of them answer 400', async () => {
    const headers = { ...bearer(), 'idempotency-key': ['a', 'b'] };
    expect((await ingress.send({ path: '/say', headers, body: { message: 'a' } })).status).toBe(400);
  });

  test.each(['!', '~', 'x'.repeat(255)])('of the widest allowed form passes', async (key) => {
    expect((await say(bearer(), key, 'hello')).status).toBe(201);
  });

  test('is not claimed by a body that was refused', async () => {
    const caller = bearer();
    expect((await say(caller, 'k', '')).status).toBe(400);
    expect((await say(caller, 'k', 'better')).status).toBe(201);
  });

  test('is kept by a call of which nobody knows whether the broker has it', async () => {
    const caller = bearer();
    let isAway = true;
    const publisher = {
      refusal: () => null,
      async publish() {
        if (isAway) throw new AppError('broker-unconfirmed', 'away', { retriable: true });
      },
    };
    const wavering = await startIngress(testRoutes(), { publisher });
    try {
      const send = (message: string) =>
        wavering.send({ path: '/say', headers: { ...caller, 'idempotency-key': 'k' }, body: { message } });
      const statuses = [(await send('a')).status];
      isAway = false;
      statuses.push((await send('b')).status, (await send('a')).status);
      expect(statuses).toEqual([503, 422, 201]);
    } finally {
      await wavering.close();
    }
  });

  test('with a token for another room answers 422: one id is never in two rooms', async () => {
    const sub = freshId();
    const before = ingress.published.length;
    const inRoom = (owner: string) => say(bearer({ sub, owner }), 'k', 'hello');
    const [a, b] = [freshId(), freshId()];
    const statuses = [(await inRoom(a)).status, (await inRoom(b)).status, (await inRoom(a)).status];
    expect(statuses).toEqual([201, 422, 201]);
    expect(ingress.published).toHaveLength(before + 1);
  });

  test('repeated, is answered without a second record where the broker has the first', async () => {
    const caller = bearer();
    await say(caller, 'k', 'hello');
    const before = ingress.published.length;
    const repeat = await say(caller, 'k', 'hello');
    expect([repeat.status, repeat.headers['idempotency-hit']]).toEqual([201, 'true']);
    expect(ingress.published).toHaveLength(before);
  });

  test('repeated, is produced again with the time of the first call where nobody knows of the first', async () => {
    const records: OutRecord[] = [];
    const publisher = {
      refusal: () => null,
      async publish(record: OutRecord) {
        records.push(record);
        if (records.length === 1) throw new AppError('broker-unconfirmed', 'away', { retriable: true });
      },
    };
    let nowMs = Date.now();
    const clock = { ...systemClock, now: () => new Date((nowMs += 60_000)) };
    const wavering = await startIngress(testRoutes(), { publisher, clock });
    try {
      const headers = { ...bearer(), 'idempotency-key': 'k' };
      const send = async () => (await wavering.send({ path: '/say', headers, body: { message: 'a' } })).status;
      expect([await send(), await send(), await send()]).toEqual([503, 201, 201]);
      expect(records).toHaveLength(2);
      const [first, second] = records;
      expect(second?.value).toBe(first?.value);
      expect(second?.headers[header.time]).toBe(first?.headers[header.time]);
    } finally {
      await wavering.close();
    }
  });

  test('must be given where something is booked, and is named where it is not', async () => {
    const caller = bearer();
    const without = await ingress.send({ path: '/book', headers: caller, body: { sum: '1' } });
    expect(without.json).toEqual({
      success: 'false',
      message: 'bad params',
      errors: [{ path: '/Idempotency-Key', message: 'is required here' }],
    });
    const headers = { ...caller, 'idempotency-key': 'k' };
    const [first, second] = [
      await ingress.send({ path: '/book', headers, body: { sum: '1' } }),
      await ingress.send({ path: '/book', headers, body: { sum: '1' } }),
    ];
    expect([first.status, first.headers['idempotency-hit']]).toEqual([200, undefined]);
    expect([second.json, second.headers['idempotency-hit']]).toEqual([first.json, 'true']);
  });
});

describe('a key of a call that is answered at once', () => {
  const limits = { ...limitsOff, invites: { calls: 2, windowMs: 60_000 }, requests: { calls: 6, windowMs: 60_000 } };

  test('repeated with the same body, counts against requests alone, and with another one answers 422', async () => {
    const limited = await startIngress(testRoutes(), { limits });
    try {
      const caller = bearer();
      const invite = (key: string, whom: string) =>
        limited.send({ path: '/invite', headers: { ...caller, 'idempotency-key': key }, body: { whom } });
      const statuses = [];
      for (let at = 0; at < 5; at++) statuses.push((await invite('a', 'Ann')).status);
      expect(statuses).toEqual([200, 200, 200, 200, 200]);
      expect([(await invite('a', 'Bob')).status, (await invite('b', 'Bob')).status]).toEqual([422, 200]);
      expect((await invite('c', 'Clare')).status).toBe(429);
    } finally {
      await limited.close();
    }
  });

  test('is free again where the call was refused', async () => {
    const headers = { ...bearer(), 'idempotency-key': freshId() };
    const invite = (whom: string) => ingress.send({ path: '/invite', headers, body: { whom } });
    expect((await invite('nobody')).status).toBe(404);
    expect((await invite('Ann')).status).toBe(200);
    expect((await invite('Bob')).status).toBe(422);
  });
});

describe('limits', () => {
  const limits = { ...limitsOff, messages: { calls: 2, windowMs: 60_000 }, requests: { calls: 4, windowMs: 60_000 } };

  test('row 60: one more than allowed answers 429 and says when to come again', async () => {
    const limited = await startIngress(testRoutes(), { limits });
    try {
      const caller = bearer();
      const send = () => limited.send({ path: '/say', headers: caller, body: { message: 'a' } });
      const answers = [await send(), await send(), await send()];
      expect(answers.map(({ status }) => status)).toEqual([201, 201, 429]);
      expect(answers[2]?.json).toEqual({ success: 'false', message: 'too many requests' });
      expect(answers[2]?.headers).toMatchObject({ 'ratelimit-limit': '2', 'ratelimit-remaining': '0' });
      expect(Number(answers[2]?.headers['retry-after'])).toBeGreaterThan(50);
      expect(answers[1]?.headers).toMatchObject({ 'ratelimit-limit': '2', 'ratelimit-remaining': '0' });
      expect((await limited.send({ path: '/say', headers: bearer(), body: { message: 'a' } })).status).toBe(201);
    } finally {
      await limited.close();
    }
  });

  test('a repeat counts against requests, not against messages', async () => {
    const limited = await startIngress(testRoutes(), { limits });
    try {
      const headers = { ...bearer(), 'idempotency-key': 'k' };
      const statuses = [];
      for (let at = 0; at < 6; at++) {
        statuses.push((await limited.send({ path: '/say', headers, body: { message: 'a' } })).status);
      }
      expect(statuses).toEqual([201, 201, 201, 201, 201, 429]);
    } finally {
      await limited.close();
    }
  });

  test('what is refused counts against requests: bad bodies by person, bad tokens by address', async () => {
    const limited = await startIngress(testRoutes(), { limits });
    try {
      const caller = bearer();
      const bad = [];
      for (let at = 0; at < 5; at++) bad.push((await limited.send({ path: '/say', headers: caller, body: {} })).status);
      expect(bad).toEqual([400, 400, 400, 400, 429]);
      const unknown = [];
      for (let at = 0; at < 5; at++) unknown.push((await limited.send({ path: '/look' })).status);
      expect(unknown).toEqual([401, 401, 401, 401, 429]);
    } finally {
      await limited.close();
    }
  });

  test('row 37: a forged X-Forwarded-For gives no new limit, but behind a trusted proxy each caller has its own', async () => {
    for (const [trustedProxies, last] of [
      [[], 429],
      [['127.0.0.1'], 401],
    ] as [string[], number][]) {
      const limited = await startIngress(testRoutes(), { limits, trustedProxies });
      try {
        const statuses = [];
        for (let at = 0; at < 5; at++) {
          const headers = { 'x-forwarded-for': `203.0.113.${at}` };
          statuses.push((await limited.send({ path: '/look', headers })).status);
        }
        expect(statuses.at(-1)).toBe(last);
      } finally {
        await limited.close();
      }
    }
  });
});
