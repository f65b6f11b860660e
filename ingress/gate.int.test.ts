import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createServer, type Server, type Socket } from 'node:net';
import { sleep } from '../shared/clock.ts';
import { freshId } from '../shared/ids.ts';
import { connectRedis, type Redis, untilReady } from '../shared/redis.ts';
import { choosePort } from '../scripts/stack/ports.ts';
import { awakeMs } from '../shared/testing/awake.ts';
import { fromStack, testLog, testNamespace } from '../shared/testing/environment.ts';
import { until } from '../shared/testing/until.ts';
import { createInsurance } from './insurance.ts';
import { evaluate } from './gate-scripts.ts';
import { type Claim, createGate, type Gate, type Limits } from './rate-limit.ts';
import { judgedByRedis } from './testing/judged-by-redis.ts';

/** One suite for both gates: Redis's, and the one that insures it. */

/** What is to be full must be filled within its window, also on a busy machine. */
const limits: Limits = {
  messages: { calls: 3, windowMs: 5_000 },
  donations: null,
  invites: null,
  login: null,
  'login-address': null,
  requests: { calls: 5, windowMs: 60_000 },
};
/** For whoever waits for a window to pass, and does not mind when. */
const soonOver: Limits = { ...limits, messages: { calls: 3, windowMs: 400 } };

let redis: Redis;
beforeAll(async () => {
  redis = connectRedis(fromStack('REDIS_URL'), testLog);
  await untilReady(redis);
});
afterAll(() => redis.disconnect());

const now = Date.now;
const gates: [string, (limits: Limits) => Gate][] = [
  ['Redis', (limits) => createGate({ redis, namespace: testNamespace(), limits, log: testLog, now })],
  ['one process', (limits) => createInsurance(limits, now)],
];

describe.each(gates)('the gate kept by %s', (_name, create) => {
  const message = (who: string, claim: Claim | null = null) => ({ who, limit: 'messages', claim }) as const;

  test('row 60: lets in as many as the limit says, then one more when the first has left the window', async () => {
    const gate = create(limits);
    const who = freshId();
    const passed = [];
    for (let at = 0; at < 4; at++) passed.push(await gate.pass(message(who)));
    expect(passed.map(({ verdict }) => verdict)).toEqual(['fresh', 'fresh', 'fresh', 'limited']);
    expect(passed.map(({ standing }) => standing?.remaining)).toEqual([2, 1, 0, 0]);
    const resetMs = passed[3]?.standing?.resetMs ?? 0;
    expect(resetMs).toBeGreaterThan(0);
    expect(resetMs).toBeLessThanOrEqual(5_000);
    await until(async () => (await gate.pass(message(who))).verdict === 'fresh');
  });

  test('row 60: no window of its length ever holds more than the limit, wherever it begins', async () => {
    const gate = create(soonOver);
    const who = freshId();
    // Each was let in at some time between these two.
    const [before, after]: [number[], number[]] = [[], []];
    const startedMs = awakeMs();
    while (after.length < 7 && awakeMs() - startedMs < 30_000) {
      const atMs = Date.now();
      if ((await gate.pass(message(who))).verdict === 'fresh') {
        before.push(atMs);
        after.push(Date.now());
      }
      await sleep(10);
    }
    expect(after).toHaveLength(7);
    // The time is the server's own; a few ms lie between its clock and ours.
    for (let at = 3; at < after.length; at++) {
      expect((after[at] as number) - (before[at - 3] as number)).toBeGreaterThan(370);
    }
  });

  test('one person does not use up another, nor one limit another', async () => {
    const gate = create(limits);
    const [ann, bob] = [freshId(), freshId()];
    for (let at = 0; at < 4; at++) await gate.pass(message(ann));
    expect((await gate.pass(message(bob))).verdict).toBe('fresh');
    expect((await gate.pass({ who: ann, limit: 'requests', claim: null })).verdict).toBe('fresh');
  });

  test('a limit that is off never says no, and says no number', async () => {
    const gate = create(limits);
    for (let at = 0; at < 50; at++) {
      const passage = await gate.pass({ who: 'a', limit: 'donations', claim: null });
      expect(passage).toEqual({ verdict: 'fresh', standing: null, first: null });
    }
  });

  test('row 21: of 100 at once with one key, one is fresh and the others repeat', async () => {
    const gate = create(limits);
    const claim = { id: freshId(), fingerprint: 'a', atMs: 1 };
    const asks = Array.from({ length: 100 }, () => gate.pass({ who: 'ann', limit: 'donations', claim }));
    const verdicts = (await Promise.all(asks)).map(({ verdict }) => verdict);
    expect(verdicts.filter((verdict) => verdict === 'fresh')).toHaveLength(1);
    // A repeat counts against requests, whose limit is 5 here.
    expect(verdicts.filter((verdict) => verdict === 'repeat')).toHaveLength(5);
    expect(verdicts.filter((verdict) => verdict === 'limited')).toHaveLength(94);
  });

  test('row 22: another body under the same key is recognised, and the first stands', async () => {
    const gate = create(limits);
    const id = freshId();
    const pass = (fingerprint: string) =>
      gate.pass(message('ann', { id, fingerprint, atMs: 1 })).then(({ verdict }) => verdict);
    expect([await pass('a'), await pass('b'), await pass('a')]).toEqual(['fresh', 'reused', 'repeat']);
  });

  test('a call over its limit does not claim its key', async () => {
    const gate = create(limits);
    const who = freshId();
    for (let at = 0; at < 3; at++) await gate.pass(message(who));
    const id = freshId();
    expect((await gate.pass(message(who, { id, fingerprint: 'a', atMs: 1 }))).verdict).toBe('limited');
    expect((await gate.pass(message(freshId(), { id, fingerprint: 'b', atMs: 1 }))).verdict).toBe('fresh');
  });

  test('a released key may be claimed again, but only its holder releases it', async () => {
    const gate = create(limits);
    const id = freshId();
    const pass = (fingerprint: string) =>
      gate.pass({ who: id, limit: 'donations', claim: { id, fingerprint, atMs: 1 } });
    await pass('a');
    await gate.release({ id, fingerprint: 'b', atMs: 1 });
    expect((await pass('b')).verdict).toBe('reused');
    await gate.release({ id, fingerprint: 'a', atMs: 1 });
    expect((await pass('b')).verdict).toBe('fresh');
  });

  test('a repeat learns when the first call came, and whether the broker has it; what it has is not given back', async () => {
    const gate = create(limits);
    const id = freshId();
    const pass = (atMs: number) => gate.pass({ who: id, limit: 'donations', claim: { id, fingerprint: 'a', atMs } });
    expect((await pass(1_000)).first).toBeNull();
    expect((await pass(2_000)).first).toMatchObject({ atMs: 1_000, isConfirmed: false });
    await gate.confirm({ id, fingerprint: 'a', atMs: 1_000 });
    expect((await pass(3_000)).first).toMatchObject({ atMs: 1_000, isConfirmed: true });
    await gate.release({ id, fingerprint: 'a', atMs: 1_000 });
    expect((await pass(4_000)).verdict).toBe('repeat');
  });
});

describe('a healthy Redis and a busy process', () => {
  const burst: Limits = { ...limits, messages: { calls: 20, windowMs: 30_000 } };
  const block = (ms: number) => {
    const endMs = performance.now() + ms;
    while (performance.now() < endMs);
  };

  test('of 200 calls of one person at once, 20 are let in, though the loop is held up longer than the deadline', async () => {
    // Where this process being busy sent calls past Redis, it would do so in every round.
    const verdicts = await judgedByRedis(async () => {
      const options = { redis, namespace: testNamespace(), limits: burst, log: testLog, now };
      // Two instances: where either took Redis for absent and counted alone, there would be up to 40.
      const instances = [createGate(options), createGate(options)];
      const asks = Array.from({ length: 200 }, (_, at) => {
        if (at % 50 === 0) block(60);
        return (instances[at % 2] as Gate).pass({ who: 'ann', limit: 'messages', claim: null });
      });
      block(150);
      setImmediate(() => block(150));
      return (await Promise.all(asks)).map(({ verdict }) => verdict);
    });
    expect(verdicts.filter((verdict) => verdict === 'fresh')).toHaveLength(20);
  });

  test('what Redis let in counts when it goes away', async () => {
    const leaving = connectRedis(fromStack('REDIS_URL'), testLog);
    await untilReady(leaving);
    const gate = createGate({ redis: leaving, namespace: testNamespace(), limits: burst, log: testLog, now });
    const ask = { who: 'ann', limit: 'messages', claim: null } as const;
    for (let at = 0; at < 15; at++) await gate.pass(ask);
    leaving.disconnect();
    const verdicts = [];
    for (let at = 0; at < 10; at++) verdicts.push((await gate.pass(ask)).verdict);
    expect(verdicts.filter((verdict) => verdict === 'fresh')).toHaveLength(5);
  });
});

describe('a Redis that is away', () => {
  let silent: Server;
  let port: number;
  const sockets: Socket[] = [];
  beforeAll(async () => {
    port = await choosePort();
    silent = createServer((socket) => void sockets.push(socket.on('error', () => undefined)));
    await new Promise<void>((resolve) => silent.listen(port, '127.0.0.1', resolve));
  });
  afterAll(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => silent.close(resolve));
  });

  test.each([
    ['that nobody hears', () => 'redis://127.0.0.1:1'],
    ['that never answers', () => `redis://127.0.0.1:${port}`],
  ])('row 28 of the faults: with one %s, calls pass within 150 ms, limited by this process', async (_case, url) => {
    const took: number[] = [];
    // Each time by a gate that has not missed Redis yet: a wait for it would show in all five, a busy machine in one or two.
    for (let time = 0; time < 5; time++) {
      const away = connectRedis(url(), testLog);
      const gate = createGate({ redis: away, namespace: testNamespace(), limits, log: testLog, now });
      try {
        const startedMs = performance.now();
        const verdicts = [];
        for (let at = 0; at < 4; at++) {
          verdicts.push((await gate.pass({ who: 'ann', limit: 'messages', claim: null })).verdict);
        }
        took.push(performance.now() - startedMs);
        expect(verdicts).toEqual(['fresh', 'fresh', 'fresh', 'limited']);
      } finally {
        away.disconnect();
      }
    }
    expect(Math.min(...took)).toBeLessThan(150);
  });
});

test('a script that Redis does not know, or has forgotten, is sent whole', async () => {
  const unheard = `return '${freshId()}' .. ARGV[1]`;
  const answers = [await evaluate(redis, unheard, [], ['!']), await evaluate(redis, unheard, [], ['?'])];
  expect(answers).toEqual([expect.stringMatching(/!$/), expect.stringMatching(/\?$/)]);
});
