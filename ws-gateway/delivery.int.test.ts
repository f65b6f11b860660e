import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { encodeFrame } from '../shared/frame.ts';
import { findConnection, viewersOf } from '../shared/registry.ts';
import { type ReceivedFrame, refusedWith, join, TestClient } from './testing/client.ts';
import { runGateway, type Running, serveRooms, sign, streamer, viewer } from './testing/gateways.ts';
import { openStack, type Stack, until } from './testing/stack.ts';

let stack: Stack;
let rooms: Awaited<ReturnType<typeof serveRooms>>;
let here: Running;
let there: Running;
const existing = { current: new Set<string>() };
const clients: TestClient[] = [];

beforeAll(async () => {
  stack = await openStack();
  rooms = await serveRooms(stack.log, existing);
  [here, there] = await Promise.all([runGateway(stack, rooms.port), runGateway(stack, rooms.port)]);
}, 60_000);

afterEach(() => {
  for (const client of clients.splice(0)) client.leave();
});

afterAll(async () => {
  await Promise.all([here.drain(), there.drain()]);
  await rooms.close();
  await stack.close();
}, 60_000);

/** The id of a room that exists. */
function room(): string {
  const id = randomUUID();
  existing.current.add(id);
  return id;
}

async function connect(gateway: Running, claims = viewer(), path = '/ws'): Promise<TestClient> {
  const client = await join(gateway.url, sign(claims), path);
  clients.push(client);
  return client;
}

/** Sends messages to a room as queue-to-ws does; gives their ids. */
async function say(ownerId: string, values: readonly string[], subjects: readonly string[] | null = null) {
  const frames = values.map((value) => ({
    ...{ id: randomUUID(), topic: `room:${ownerId}`, type: 'message', createdAt: new Date().toISOString() },
    ...{ fields: { value, is_public: subjects === null }, subjects, ownerId },
  }));
  await stack.producer.send(frames.map(encodeFrame));
  return frames.map(({ id }) => id);
}

const withId = (id: string | undefined) => (frame: ReceivedFrame) => frame['id'] === id;
const values = (client: TestClient) => client.events.map(({ value }) => value);

describe('a connection', () => {
  test('is welcomed first, then in its own topic, then in the room of its address', async () => {
    const [ownerId, claims] = [room(), viewer()];
    const client = await connect(here, claims, `/room/${ownerId}`);
    expect(client.frames.map(({ type, topic }) => [type, topic])).toEqual([
      ['welcome', undefined],
      ['subscribed', `person:${claims.sub}`],
      ['subscribed', `room:${ownerId}`],
    ]);
    expect(client.frames[0]).toMatchObject({ sub: claims.sub, heartbeat_ms: 25_000 });
    expect(client.socket.protocol).toBe('bearer');
  });

  test('is in the register before its welcome, in its room after it joined, and gone after it closed', async () => {
    const [ownerId, claims] = [room(), viewer()];
    const client = await connect(here, claims);
    const id = String(client.frames[0]?.['connection_id']);
    expect(await findConnection(stack.redis, stack.namespace, id)).toMatchObject({ subject: claims.sub });
    await client.subscribe(`room:${ownerId}`);
    const present = async () => (await viewersOf(stack.redis, stack.namespace, ownerId, Date.now())).length;
    await until(async () => (await present()) === 1, 'the viewer is in the room');
    client.say({ type: 'unsubscribe', topic: `room:${ownerId}` });
    await client.next(({ type }) => type === 'unsubscribed');
    await until(async () => (await present()) === 0, 'the viewer has left the room');
    expect(await findConnection(stack.redis, stack.namespace, id)).not.toBeNull();
    client.leave();
    await until(async () => (await findConnection(stack.redis, stack.namespace, id)) === null, 'the lease is released');
  });

  test('of a user to their own room opens it, once for many; each end of a connection is told', async () => {
    const owner = streamer();
    const heard: (string | undefined)[] = [];
    const listening = await stack.kafka.follow({
      ...{ group: `${stack.namespace}.listening`, topic: 'rooms', fromMs: Date.now() - 60_000 },
      handle: (records) => {
        for (const { headers, key } of records) heard.push(`${headers['ce_type']} ${key}`);
      },
    });
    const first = await connect(here, owner, `/room/${owner.sub}`);
    const second = await connect(here, owner);
    await second.subscribe(`room:${owner.sub}`);
    for (const client of [first, second]) client.leave();
    const ended = [first, second].map((client) => `ConnectionClosed ${String(client.frames[0]?.['connection_id'])}`);
    await until(() => ended.every((text) => heard.includes(text)), 'both ends are told');
    expect(heard.filter((text) => text === `AddNewRoom ${owner.sub}`)).toHaveLength(1);
    await listening.close();
  });
});

describe('a frame', () => {
  test('reaches everybody in the room, on every gateway, in one order', async () => {
    const ownerId = room();
    const all = await Promise.all([here, there, here, there].map((one) => connect(one, viewer(), `/room/${ownerId}`)));
    const elsewhere = await connect(there, viewer(), `/room/${room()}`);
    const texts = Array.from({ length: 60 }, (_, n) => `text ${n}`);
    for (let at = 0; at < texts.length; at += 20) await say(ownerId, texts.slice(at, at + 20));
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
    existing.current.add(owner.sub);
    const path = `/room/${owner.sub}`;
    const both = [here, there];
    const parties = await Promise.all(both.flatMap((one) => [connect(one, owner, path), connect(one, sender, path)]));
    const others = await Promise.all(both.map((one) => connect(one, other, path)));
    await say(owner.sub, ['before']);
    await say(owner.sub, ['for two'], [sender.sub, owner.sub]);
    await say(owner.sub, ['after']);
    for (const client of [...parties, ...others]) await client.next(({ value }) => value === 'after');
    for (const client of parties) expect(values(client)).toEqual(['before', 'for two', 'after']);
    for (const client of others) expect(values(client)).toEqual(['before', 'after']);
  });

  test('that comes twice under one id is shown once', async () => {
    const ownerId = room();
    const client = await connect(here, viewer(), `/room/${ownerId}`);
    const frame = { ...{ id: randomUUID(), topic: `room:${ownerId}`, type: 'message', createdAt: '' } };
    const record = encodeFrame({ ...frame, fields: { value: 'once' }, subjects: null, ownerId });
    await stack.producer.send([record, record]);
    await stack.producer.send([record]);
    const [last] = await say(ownerId, ['last']);
    await client.next(withId(last));
    expect(values(client)).toEqual(['once', 'last']);
  });

  test('lies in the partition and epoch that a quiet topic was already told', async () => {
    for (const ownerId of [room(), room(), room(), room()]) {
      const before = await stack.kafka.ends('ws.out');
      const client = await connect(here);
      const { epoch, seq } = await client.subscribe(`room:${ownerId}`);
      const [id] = await say(ownerId, ['first']);
      const frame = await client.next(withId(id));
      const endBefore = new Map(before.map(({ partition, high }) => [partition, high]));
      const after = await stack.kafka.ends('ws.out');
      const grown = after.find(({ partition, high }) => high !== endBefore.get(partition));
      expect(epoch).toBe(`g1.${grown?.partition}`);
      expect(frame['seq']).toBe(Number(seq) + 1);
    }
  });
});

describe('a client that comes back', () => {
  test.each(['the same', 'the other'])(
    'is given what it missed, and its private frames, by %s gateway',
    async (which) => {
      const [ownerId, sender, other] = [room(), viewer(), viewer()];
      const first = await connect(here, sender, `/room/${ownerId}`);
      const [seen] = await say(ownerId, ['seen']);
      const { seq } = await first.next(withId(seen));
      const { epoch } = await first.next(({ topic }) => topic === `room:${ownerId}`);
      first.leave();
      await say(ownerId, ['missed']);
      await say(ownerId, ['between us'], [sender.sub, ownerId]);
      const [last] = await say(ownerId, ['missed too']);
      const gateway = which === 'the same' ? here : there;
      const watch = await connect(gateway);
      await watch.subscribe(`room:${ownerId}`, { epoch, seq });
      await watch.next(withId(last));
      const [own, foreign] = [await connect(gateway, sender), await connect(gateway, other)];
      const answers = [
        await own.subscribe(`room:${ownerId}`, { epoch, seq }),
        await foreign.subscribe(`room:${ownerId}`, { epoch, seq }),
      ];
      expect(answers.map(({ recovered, count }) => [recovered, count])).toEqual([
        [true, 3],
        [true, 2],
      ]);
      const [live] = await say(ownerId, ['live']);
      await Promise.all([own.next(withId(live)), foreign.next(withId(live))]);
      expect(values(own)).toEqual(['missed', 'between us', 'missed too', 'live']);
      expect(values(foreign)).toEqual(['missed', 'missed too', 'live']);
    },
  );

  test('to a topic that it is in already is answered from its position as well', async () => {
    const ownerId = room();
    const client = await connect(here, viewer(), `/room/${ownerId}`);
    const { epoch, seq } = await client.next(({ topic }) => topic === `room:${ownerId}`);
    const [id] = await say(ownerId, ['one']);
    await client.next(withId(id));
    expect(await client.subscribe(`room:${ownerId}`, { epoch, seq })).toMatchObject({ recovered: true, count: 1 });
    await client.settled();
    expect(values(client)).toEqual(['one', 'one']);
  });

  test('to a gateway that has just started is given what was said before that gateway lived', async () => {
    const ownerId = room();
    const client = await connect(here, viewer(), `/room/${ownerId}`);
    const { epoch, seq } = await client.next(({ topic }) => topic === `room:${ownerId}`);
    const [last] = (await say(ownerId, ['one', 'two'])).slice(-1);
    await client.next(withId(last));
    const fresh = await runGateway(stack, rooms.port);
    const again = await connect(fresh);
    expect(await again.subscribe(`room:${ownerId}`, { epoch, seq })).toMatchObject({ recovered: true, count: 2 });
    await again.settled();
    expect(values(again)).toEqual(['one', 'two']);
    await fresh.drain();
  });
});

test('a reader that takes nothing is cut with 4408, and the others miss nothing meanwhile', async () => {
  const ownerId = room();
  const others = await Promise.all([here, there].map((one) => connect(one, viewer(), `/room/${ownerId}`)));
  const slow = await connect(here, viewer(), `/room/${ownerId}`);
  slow.socket.pause();
  const text = 'x'.repeat(60_000);
  let sent = 0;
  const isCut = async () => {
    await say(
      ownerId,
      Array.from({ length: 5 }, () => text),
    );
    sent += 5;
    const last = others[0] as TestClient;
    await until(() => last.events.length === sent, 'the others go on');
    const id = String(slow.frames[0]?.['connection_id']);
    return (await findConnection(stack.redis, stack.namespace, id)) === null;
  };
  await until(isCut, 'the slow one is cut', 20_000);
  for (const other of others) await until(() => other.events.length === sent, 'nothing is missing');
  slow.socket.resume();
  expect(await slow.closed()).toBe(4408);
  expect(slow.events.length).toBeLessThan(sent);
});

test('a gateway that drains sends everybody elsewhere, takes nobody, and leaves no group behind', async () => {
  const leaving = await runGateway(stack, rooms.port);
  const before = (await stack.groups()).filter((group) => group.startsWith(`${stack.namespace}.ws-`));
  const client = await connect(leaving);
  const drained = leaving.drain();
  expect(await client.closed()).toBe(1001);
  expect((await leaving.health.report()).ready).toBe(false);
  await drained;
  const after = (await stack.groups()).filter((group) => group.startsWith(`${stack.namespace}.ws-`));
  expect(before.length - after.length).toBe(1);
});

test('without an answer from the rooms a room is not refused for good: 503, and 1013 on its own address', async () => {
  const known = existing.current;
  existing.current = null as never;
  const client = await connect(here);
  expect(await client.subscribe(`room:${randomUUID()}`)).toMatchObject({ type: 'error', code: 503 });
  const direct = new TestClient(`${here.url}/room/${randomUUID()}`, sign(viewer()));
  clients.push(direct);
  expect(await direct.closed()).toBe(1013);
  existing.current = known;
});

test('the operator’s routes answer on the socket port as well', async () => {
  const base = here.url.replace('ws:', 'http:');
  const get = async (path: string) => (await fetch(base + path)).status;
  expect(await Promise.all(['/healthz', '/readyz', '/metrics', '/ws', '/'].map(get))).toEqual([
    200, 200, 200, 404, 404,
  ]);
  expect(await refusedWith(`${here.url}/elsewhere`, sign(viewer()))).toBe(404);
});
