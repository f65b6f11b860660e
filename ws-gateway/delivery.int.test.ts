import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import kafkajs from 'kafkajs';
import { encodeFrame } from '../shared/frame.ts';
import { findConnection, viewersOf } from '../shared/registry.ts';
import { metrics } from './metrics.ts';
import { type ReceivedFrame, refusedWith, type TestClient } from './testing/client.ts';
import { type Fixture, openFixture } from './testing/fixture.ts';
import { type Running, sign, streamer, viewer } from './testing/gateways.ts';
import { until } from './testing/until.ts';

let fixture: Fixture;
let here: Running;
let there: Running;

beforeAll(async () => {
  fixture = await openFixture();
  [here, there] = await Promise.all([fixture.run(), fixture.run()]);
}, 60_000);

afterEach(() => fixture.leaveAll());

afterAll(() => fixture.close(), 60_000);

const withId = (id: string | undefined) => (frame: ReceivedFrame) => frame['id'] === id;
const values = (client: TestClient) => client.events.map(({ value }) => value);

describe('a connection', () => {
  test('is welcomed first, then in its own topic, then in the room of its address', async () => {
    const [ownerId, claims] = [fixture.room(), viewer()];
    const client = await fixture.connect(here, claims, `/room/${ownerId}`);
    expect(client.frames.map(({ type, topic }) => [type, topic])).toEqual([
      ['welcome', undefined],
      ['subscribed', `person:${claims.sub}`],
      ['subscribed', `room:${ownerId}`],
    ]);
    expect(client.frames[0]).toMatchObject({ sub: claims.sub, heartbeat_ms: 25_000 });
    expect(client.socket.protocol).toBe('bearer');
  });

  test('is in the register before its welcome, in its room after it joined, and gone after it closed', async () => {
    const [ownerId, claims] = [fixture.room(), viewer()];
    const client = await fixture.connect(here, claims);
    const id = String(client.frames[0]?.['connection_id']);
    expect(await findConnection(fixture.redis, fixture.namespace, id)).toMatchObject({ subject: claims.sub });
    await client.subscribe(`room:${ownerId}`);
    const present = async () => (await viewersOf(fixture.redis, fixture.namespace, ownerId, Date.now())).length;
    await until(async () => (await present()) === 1, 'the viewer is in the room');
    client.say({ type: 'unsubscribe', topic: `room:${ownerId}` });
    await client.next(({ type }) => type === 'unsubscribed');
    await until(async () => (await present()) === 0, 'the viewer has left the room');
    expect(await findConnection(fixture.redis, fixture.namespace, id)).not.toBeNull();
    client.leave();
    await until(
      async () => (await findConnection(fixture.redis, fixture.namespace, id)) === null,
      'the lease is released',
    );
  });

  test('of a user to their own room opens it, once for many; each end of a connection is told', async () => {
    const heard = new Map<string, Set<string | undefined>>();
    const listening = await fixture.kafka.follow({
      ...{ group: `${fixture.namespace}.listening`, topic: 'rooms', fromMs: Date.now() - 60_000 },
      handle: (records) => {
        for (const { headers, key } of records) {
          const what = `${headers['ce_type']} ${key}`;
          // By their ids: the log may hold one event twice.
          heard.set(what, (heard.get(what) ?? new Set()).add(headers['ce_id']));
        }
      },
    });
    const unconfirmed = async () =>
      (await metrics.announcementsFailed.get()).values.reduce((sum, { value }) => sum + value, 0);
    // Null where the broker did not confirm in time: what was said then is said anew by another event, or not at all.
    const comeAndGo = async () => {
      const [owner, before] = [streamer(), await unconfirmed()];
      const first = await fixture.connect(here, owner, `/room/${owner.sub}`);
      const second = await fixture.connect(here, owner);
      await second.subscribe(`room:${owner.sub}`);
      for (const client of [first, second]) client.leave();
      const ended = [first, second].map((client) => `ConnectionClosed ${String(client.frames[0]?.['connection_id'])}`);
      const said = [`AddNewRoom ${owner.sub}`, ...ended];
      const isTold = () => said.every((text) => heard.has(text));
      await until(async () => isTold() || (await unconfirmed()) > before, 'the opening and both ends are told');
      return (await unconfirmed()) === before ? said : null;
    };
    let said: readonly string[] | null = null;
    for (let tries = 0; tries < 5 && !said; tries++) said = await comeAndGo();
    expect(said?.map((text) => heard.get(text)?.size)).toEqual([1, 1, 1]);
    await listening.close();
  });
});

describe('a frame', () => {
  test('reaches everybody in the room, on every gateway, in one order', async () => {
    const ownerId = fixture.room();
    const all = await Promise.all(
      [here, there, here, there].map((one) => fixture.connect(one, viewer(), `/room/${ownerId}`)),
    );
    const elsewhere = await fixture.connect(there, viewer(), `/room/${fixture.room()}`);
    const texts = Array.from({ length: 60 }, (_, n) => `text ${n}`);
    for (let at = 0; at < texts.length; at += 20) await fixture.say(ownerId, texts.slice(at, at + 20));
    for (const client of all) {
      await until(() => client.events.length === texts.length, 'everything is there');
      expect(values(client)).toEqual(texts);
      const seqs = client.events.map(({ seq }) => Number(seq));
      expect(seqs).toEqual([...new Set(seqs)].sort((one, other) => one - other));
    }
    await elsewhere.settled();
    expect(elsewhere.events).toEqual([]);
  });

  test('that is private reaches every socket of the sender and the owner, on both gateways, and nobody else', async () => {
    const [owner, sender, other] = [streamer(), viewer(), viewer()];
    fixture.existing.current = new Set([owner.sub]);
    const path = `/room/${owner.sub}`;
    const both = [here, there];
    const parties = await Promise.all(
      both.flatMap((one) => [fixture.connect(one, owner, path), fixture.connect(one, sender, path)]),
    );
    const others = await Promise.all(both.map((one) => fixture.connect(one, other, path)));
    await fixture.say(owner.sub, ['before']);
    await fixture.say(owner.sub, ['for two'], [sender.sub, owner.sub]);
    await fixture.say(owner.sub, ['after']);
    for (const client of [...parties, ...others]) await client.next(({ value }) => value === 'after');
    for (const client of parties) expect(values(client)).toEqual(['before', 'for two', 'after']);
    for (const client of others) expect(values(client)).toEqual(['before', 'after']);
  });

  test('that comes twice under one id is shown once', async () => {
    const ownerId = fixture.room();
    const client = await fixture.connect(here, viewer(), `/room/${ownerId}`);
    const frame = { ...{ id: randomUUID(), topic: `room:${ownerId}`, type: 'message', createdAt: '' } };
    const record = encodeFrame({ ...frame, fields: { value: 'once' }, subjects: null, ownerId });
    await fixture.producer.send([record, record]);
    await fixture.producer.send([record]);
    const [last] = await fixture.say(ownerId, ['last']);
    await client.next(withId(last));
    expect(values(client)).toEqual(['once', 'last']);
  });

  test('lies in the partition and epoch that a quiet topic was already told', async () => {
    for (const ownerId of [fixture.room(), fixture.room(), fixture.room(), fixture.room()]) {
      const before = await fixture.kafka.ends('ws.out');
      const client = await fixture.connect(here);
      const { epoch, seq } = await client.subscribe(`room:${ownerId}`);
      const [id] = await fixture.say(ownerId, ['first']);
      const frame = await client.next(withId(id));
      const endBefore = new Map(before.map(({ partition, high }) => [partition, high]));
      const after = await fixture.kafka.ends('ws.out');
      const grown = after.find(({ partition, high }) => high !== endBefore.get(partition));
      expect(epoch).toBe(`g1.${grown?.partition}`);
      expect(frame['seq']).toBe(Number(seq) + 1);
    }
  });
});

test('a reader that takes nothing is cut with 4408, and the others miss nothing meanwhile', async () => {
  const ownerId = fixture.room();
  const others = await Promise.all([here, there].map((one) => fixture.connect(one, viewer(), `/room/${ownerId}`)));
  const slow = await fixture.connect(here, viewer(), `/room/${ownerId}`);
  slow.socket.pause();
  const text = 'x'.repeat(60_000);
  let sent = 0;
  const isCut = async () => {
    await fixture.say(
      ownerId,
      Array.from({ length: 5 }, () => text),
    );
    sent += 5;
    const last = others[0] as TestClient;
    await until(() => last.events.length === sent, 'the others go on');
    const id = String(slow.frames[0]?.['connection_id']);
    return (await findConnection(fixture.redis, fixture.namespace, id)) === null;
  };
  await until(isCut, 'the slow one is cut', 20_000);
  for (const other of others) await until(() => other.events.length === sent, 'nothing is missing');
  slow.socket.resume();
  expect(await slow.closed()).toBe(4408);
  expect(slow.events.length).toBeLessThan(sent);
});

test('without Redis everybody is let in and told everything; only the register stays empty', async () => {
  const alone = await fixture.run({ redisUrl: 'redis://127.0.0.1:1' });
  const ownerId = fixture.room();
  const client = await fixture.connect(alone, viewer(), `/room/${ownerId}`);
  const [id] = await fixture.say(ownerId, ['all the same']);
  await client.next(withId(id));
  expect(await viewersOf(fixture.redis, fixture.namespace, ownerId, Date.now())).toEqual([]);
});

test('a gateway that drains sends everybody elsewhere, takes nobody, and leaves no group behind', async () => {
  const groups = async () => {
    const admin = new kafkajs.Kafka({ brokers: [...fixture.brokers], logLevel: kafkajs.logLevel.NOTHING }).admin();
    await admin.connect();
    const own = (await admin.listGroups()).groups.filter(({ groupId }) =>
      groupId.startsWith(`${fixture.namespace}.ws-`),
    );
    await admin.disconnect();
    return own.length;
  };
  const leaving = await fixture.run();
  const [before, client] = [await groups(), await fixture.connect(leaving)];
  const drained = leaving.drain();
  expect(await client.closed()).toBe(1001);
  expect((await leaving.health.report()).ready).toBe(false);
  await drained;
  // The broker lists what was deleted for a moment longer.
  await until(async () => (await groups()) === before - 1, 'the group is gone');
});

test('the operator’s routes answer on the socket port as well', async () => {
  const base = here.url.replace('ws:', 'http:');
  const get = async (path: string) => (await fetch(base + path)).status;
  expect(await Promise.all(['/healthz', '/readyz', '/metrics', '/ws', '/'].map(get))).toEqual([
    200, 200, 200, 404, 404,
  ]);
  expect(await refusedWith(`${here.url}/elsewhere`, sign(viewer()))).toBe(404);
});
