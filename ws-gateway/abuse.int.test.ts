import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { pino } from 'pino';
import { encodeFrame } from '../shared/frame.ts';
import { join, refusedWith, TestClient } from './testing/client.ts';
import { runGateway, type Running, serveRooms, sign, viewer } from './testing/gateways.ts';
import { connectRaw, type RawClient, rawFrame } from './testing/raw.ts';
import { openStack, type Stack, until } from './testing/stack.ts';

/** The rows of the abuse list that concern sockets; each test bears the number of its row. */
let stack: Stack;
let rooms: Awaited<ReturnType<typeof serveRooms>>;
/** With the limits off, and with the limits that the product has. */
let open: Running;
let limited: Running;
const known = randomUUID();
const existing = new Set([known]);
const logged: string[] = [];
const clients: { leave(): void }[] = [];

beforeAll(async () => {
  stack = await openStack();
  rooms = await serveRooms(stack.log, { current: existing });
  const log = pino({ level: 'trace' }, { write: (line: string) => logged.push(line) });
  [open, limited] = await Promise.all([
    runGateway(stack, rooms.port, { allowedOrigins: ['https://site.example'] }, log),
    runGateway(stack, rooms.port, { limits: { connectionsPerPerson: 20, frames: { frames: 120, spanMs: 60_000 } } }),
  ]);
}, 60_000);

afterEach(() => {
  for (const client of clients.splice(0)) client.leave();
});

afterAll(async () => {
  await Promise.all([open.drain(), limited.drain()]);
  await rooms.close();
  await stack.close();
}, 60_000);

async function connect(gateway: Running, claims = viewer(), path = '/ws'): Promise<TestClient> {
  const client = await join(gateway.url, sign(claims), path);
  clients.push(client);
  return client;
}

async function raw(headers: readonly string[] = []): Promise<RawClient> {
  const client = await connectRaw(`${open.url}/ws`, sign(viewer()), headers);
  clients.push(client);
  return client;
}

describe('39: an upgrade', () => {
  test.each(['https://evil.example', 'https://site.example.evil.example', 'http://site.example', 'null'])(
    'from a page of %s is refused with 403',
    async (origin) => {
      expect(await refusedWith(`${open.url}/ws`, sign(viewer()), { origin })).toBe(403);
    },
  );

  test('from a page that is allowed, or from no page, is taken', async () => {
    const allowed = new TestClient(`${open.url}/ws`, sign(viewer()), { origin: 'https://site.example' });
    clients.push(allowed);
    await allowed.next(({ type }) => type === 'welcome');
    await connect(open);
  });

  test('without a list is taken from the host’s own pages on any port, and from no other', async () => {
    const own = new TestClient(`${limited.url}/ws`, sign(viewer()), { origin: 'http://127.0.0.1:3000' });
    clients.push(own);
    await own.next(({ type }) => type === 'welcome');
    expect(await refusedWith(`${limited.url}/ws`, sign(viewer()), { origin: 'http://127.0.0.2' })).toBe(403);
  });

  test.each([
    ['no token', null],
    ['a token signed by somebody else', `${sign(viewer()).slice(0, -4)}AAAA`],
    ['an expired token', sign({ ...viewer(), lasts: -60 })],
    ['no token after "bearer"', ''],
  ])('with %s is refused with 401', async (_, token) => {
    const headers = token === '' ? { headers: { authorization: 'Bearer' } } : {};
    expect(await refusedWith(`${open.url}/ws`, token, headers)).toBe(401);
  });

  test('with the token in its address is taken, and the token never reaches a log', async () => {
    const [good, bad] = [sign(viewer()), `${sign(viewer()).slice(0, -4)}AAAA`];
    const client = new TestClient(`${open.url}/ws?token=${good}`, null);
    clients.push(client);
    await client.next(({ type }) => type === 'welcome');
    expect(await refusedWith(`${open.url}/ws?token=${bad}`, null)).toBe(401);
    client.say({ type: 'auth', token: bad });
    expect(await client.closed()).toBe(4401);
    expect(logged.length).toBeGreaterThan(0);
    for (const token of [good, bad]) expect(logged.join('')).not.toContain(token.split('.')[2]);
  });
});

describe('41: a raw client that sends', () => {
  test.each([
    ['a frame of 64 KiB and one byte', [rawFrame({ payload: 'x'.repeat(65_537) })], [1009]],
    ['a length of 2^63', [rawFrame({ claims: 2n ** 63n })], [1009, 1002]],
    ['a message in 10,000 parts', parts(10_000), [1009]],
    ['a frame without a mask', [rawFrame({ payload: '{}', isMasked: false })], [1002]],
    ['a frame with a reserved bit', [rawFrame({ first: 0xc1, payload: '{}' })], [1002]],
    ['a reserved opcode', [rawFrame({ first: 0x83, payload: '{}' })], [1002]],
    ['text that is not UTF-8', [rawFrame({ payload: Buffer.from([0x22, 0xff, 0xfe, 0x22]) })], [1007]],
  ])('%s is closed by the code for it', async (_, frames, codes) => {
    const client = await raw();
    client.socket.write(Buffer.concat(frames));
    expect(codes).toContain(await client.closed());
  });

  test('text after its close frame is not answered', async () => {
    const client = await raw();
    const closing = rawFrame({ first: 0x88, payload: Buffer.from([0x03, 0xe8]) });
    const before = client.frames.length;
    client.socket.write(Buffer.concat([closing, rawFrame({ payload: '{"type":"nonsense"}' })]));
    expect(await client.closed()).toBe(1000);
    await until(() => client.socket.readableEnded || client.socket.destroyed, 'the server has hung up');
    expect(client.frames).toHaveLength(before);
  });
});

function parts(count: number): Buffer[] {
  const more = Array.from({ length: count - 2 }, () => rawFrame({ first: 0x00, payload: 'x' }));
  return [rawFrame({ first: 0x01, payload: 'x' }), ...more, rawFrame({ first: 0x80, payload: 'x' })];
}

test('42: compression that is offered is not negotiated, and a compressed frame is an error', async () => {
  const client = await raw(['Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits']);
  expect(client.head).toMatch(/^HTTP\/1\.1 101 /);
  expect(client.head.toLowerCase()).not.toContain('sec-websocket-extensions');
  client.socket.write(rawFrame({ first: 0xc1, payload: Buffer.from([0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00]) }));
  expect(await client.closed()).toBe(1002);
});

describe('43: a flood', () => {
  test('of pings closes with 4429', async () => {
    const client = await connect(limited);
    for (let n = 0; n < 300; n++) client.socket.ping();
    expect(await client.closed()).toBe(4429);
  });

  test('of 1,000 subscriptions closes with 4429', async () => {
    const client = await connect(limited);
    for (let n = 0; n < 1_000; n++) client.say({ type: 'subscribe', topic: `room:${known}` });
    expect(await client.closed()).toBe(4429);
  });

  test('of one-byte messages closes at its fifth', async () => {
    const client = await connect(limited);
    for (let n = 0; n < 300; n++) client.socket.send('x');
    expect(await client.closed()).toBe(4400);
    expect(client.ofType('error')).toHaveLength(5);
  });

  test('of topics on one socket ends after a hundred, also without a limit on frames', async () => {
    const client = await connect(open);
    const owners = Array.from({ length: 101 }, () => randomUUID());
    for (const id of owners) existing.add(id);
    for (const id of owners) client.say({ type: 'subscribe', topic: `room:${id}` });
    expect(await client.next(({ type }) => type === 'error')).toMatchObject({ code: 429 });
    expect(client.ofType('subscribed')).toHaveLength(100);
  });

  test('of sockets of one person: the 21st is closed with 4430, another person’s first is not', async () => {
    const person = viewer();
    await Promise.all(Array.from({ length: 20 }, () => connect(limited, person)));
    const oneMore = new TestClient(`${limited.url}/ws`, sign(person));
    clients.push(oneMore);
    expect(await oneMore.closed()).toBe(4430);
    expect(oneMore.frames).toEqual([]);
    await connect(limited);
  });
});

describe('44: what is not theirs', () => {
  test.each([
    ['another person’s topic', () => `person:${randomUUID()}`, 403],
    ['a room that its token does not speak for', () => `room:${randomUUID()}`, 403],
    ['a server', () => 'server:5', 404],
    ['a channel', () => 'channel:5', 404],
    ['a chat', () => `chat:${randomUUID()}`, 404],
    ['a topic of no kind', () => 'everything', 404],
  ])('%s is refused to a subscriber', async (_, topic, code) => {
    const client = await connect(open, { ...viewer(), owner: known });
    expect(await client.subscribe(topic())).toMatchObject({ type: 'error', code });
  });

  test('a room that does not exist is refused, and closes its own address with 4404', async () => {
    const client = await connect(open);
    expect(await client.subscribe(`room:${randomUUID()}`)).toMatchObject({ type: 'error', code: 404 });
    for (const id of [randomUUID(), 'nonsense']) {
      const direct = new TestClient(`${open.url}/room/${id}`, sign(viewer()));
      clients.push(direct);
      expect(await direct.closed()).toBe(4404);
    }
  });

  test('another room’s token closes the room’s address with 4403', async () => {
    const direct = new TestClient(`${open.url}/room/${known}`, sign({ ...viewer(), owner: randomUUID() }));
    clients.push(direct);
    expect(await direct.closed()).toBe(4403);
  });

  test('frames of events that a client makes up reach nobody', async () => {
    const watching = await connect(open, viewer(), `/room/${known}`);
    const client = await connect(open, viewer(), `/room/${known}`);
    client.say({ type: 'message', topic: `room:${known}`, value: 'forged', is_public: false, subjects: [] });
    expect(await client.next(({ type }) => type === 'error')).toMatchObject({ code: 400, message: 'unknown type' });
    await watching.settled();
    expect(watching.events).toEqual([]);
  });

  test('a viewer without a token may see rooms and nothing else, and only where that is allowed', async () => {
    const gateway = await runGateway(stack, rooms.port, { allowAnonymous: true });
    const client = await join(gateway.url, null, `/room/${known}`);
    clients.push(client);
    expect(client.frames[0]).toMatchObject({ type: 'welcome', sub: null });
    expect(await client.subscribe(`person:${randomUUID()}`)).toMatchObject({ type: 'error', code: 403 });
    const frame = { id: randomUUID(), topic: `room:${known}`, type: 'message', createdAt: '', ownerId: known };
    const secret = { ...frame, id: randomUUID(), fields: { value: 'secret' }, subjects: [known] };
    await stack.producer.send([secret, { ...frame, fields: { value: 'open' }, subjects: null }].map(encodeFrame));
    await client.next(({ value }) => value === 'open');
    expect(client.events.map(({ value }) => value)).toEqual(['open']);
    await gateway.drain();
  });
});

describe('45: a frame that is', () => {
  const deep = `${'['.repeat(10_000)}${']'.repeat(10_000)}`;
  test.each([
    ['no JSON', 'x'],
    ['an array', '[]'],
    ['null', 'null'],
    ['empty', ''],
    ['of no type', '{}'],
    ['of an unknown type', '{"type":"toString","ref":"mine"}'],
    ['nested 10,000 deep', deep],
    ['bearing a key twice', '{"type":"subscribe","ref":"a","ref":"b","topic":"room:x"}'],
    ['bearing a field of no meaning', `{"type":"subscribe","topic":"room:${known}","is_admin":true}`],
    ['bearing a key of prototypes', '{"type":"subscribe","__proto__":{"polluted":true},"topic":"room:x"}'],
    ['binary', Buffer.from('{"type":"subscribe"}')],
  ])('%s gets an error frame, and closes with 4400 at its fifth', async (_, frame) => {
    const client = await connect(open);
    client.socket.send(frame);
    expect(await client.next(({ type }) => type === 'error')).toMatchObject({ code: 400 });
    await client.settled();
    expect(client.closeCode).toBeNull();
    for (let n = 0; n < 4; n++) client.socket.send(frame);
    expect(await client.closed()).toBe(4400);
    expect(client.ofType('error')).toHaveLength(5);
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  });

  test('refused for another reason than its form is no bad frame', async () => {
    const client = await connect(open);
    for (let n = 0; n < 6; n++) client.say({ type: 'subscribe', topic: `server:${n}`, ref: 'mine' });
    await until(() => client.ofType('error').length === 6, 'each is refused');
    expect(client.ofType('error')[0]).toEqual({ type: 'error', code: 404, message: 'no such topic', ref: 'mine' });
    await client.settled();
  });
});

describe('46: a resume', () => {
  test.each([
    ['from another epoch', (epoch: string, seq: number) => ({ epoch: `${epoch}9`, seq })],
    ['from another partition', (_: string, seq: number) => ({ epoch: 'g1.99', seq })],
    ['past the end of the log', (epoch: string, seq: number) => ({ epoch, seq: seq + 1_000_000 })],
  ])('%s is not recovered', async (_, position) => {
    const client = await connect(open);
    const { epoch, seq } = await client.subscribe(`room:${known}`);
    const answer = await client.subscribe(`room:${known}`, position(String(epoch), Number(seq)));
    expect(answer).toMatchObject({ recovered: false, count: 0, epoch, seq });
  });

  test.each([-1, 2 ** 64, 1.5, '1', null])('from the position %p is an error', async (seq) => {
    const client = await connect(open);
    expect(await client.subscribe(`room:${known}`, { epoch: 'g1.0', seq })).toMatchObject({ type: 'error', code: 400 });
    expect(client.ofType('subscribed')).toHaveLength(1);
  });
});

describe('47: a token', () => {
  test('that ends closes its socket with 4401', async () => {
    const claims = viewer();
    // Ended for 4 s, which is within the leeway of 5.
    const client = await connect(open, { ...claims, lasts: -4 });
    expect(await client.closed()).toBe(4401);
  });

  test('that is renewed in time keeps it open', async () => {
    const claims = viewer();
    const client = await connect(open, { ...claims, lasts: -3 });
    client.say({ type: 'auth', token: sign(claims) });
    await client.next(({ type }) => type === 'authenticated');
    const expiring = await connect(open, { ...claims, lasts: -3 });
    expect(await expiring.closed()).toBe(4401);
    await client.settled();
    expect(client.closeCode).toBeNull();
  });

  test('of somebody else closes with 4401', async () => {
    const client = await connect(open);
    client.say({ type: 'auth', token: sign(viewer()) });
    expect(await client.closed()).toBe(4401);
  });

  test('renewed for another room leaves the room that it no longer admits', async () => {
    const claims = viewer();
    const client = await connect(open, { ...claims, owner: known }, `/room/${known}`);
    client.say({ type: 'auth', token: sign({ ...claims, owner: randomUUID() }) });
    expect(await client.next(({ type }) => type === 'unsubscribed')).toMatchObject({ topic: `room:${known}` });
  });
});
