import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { type Fixture, openFixture } from './testing/fixture.ts';
import { type Running, sign, viewer } from './testing/gateways.ts';
import { connectRaw, type RawClient, rawFrame } from './testing/raw.ts';
import { until } from './testing/until.ts';

/** What a socket may be made to swallow: rows 41, 42, 43 and 45 of the abuse list. */
let fixture: Fixture;
/** With the limits off, and with those that the product has. */
let open: Running;
let limited: Running;
let known: string;

beforeAll(async () => {
  fixture = await openFixture();
  known = fixture.room();
  const limits = { connectionsPerPerson: 20, frames: { frames: 120, spanMs: 60_000 } };
  [open, limited] = await Promise.all([fixture.run(), fixture.run({ limits })]);
}, 60_000);

afterEach(() => fixture.leaveAll());

afterAll(() => fixture.close(), 60_000);

async function raw(headers: readonly string[] = []): Promise<RawClient> {
  return fixture.keep(await connectRaw(`${open.url}/ws`, sign(viewer()), headers));
}

describe('row 41: a raw client that sends', () => {
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

test('row 42: compression that is offered is not negotiated, and a compressed frame is an error', async () => {
  const client = await raw(['Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits']);
  expect(client.head).toMatch(/^HTTP\/1\.1 101 /);
  expect(client.head.toLowerCase()).not.toContain('sec-websocket-extensions');
  client.socket.write(rawFrame({ first: 0xc1, payload: Buffer.from([0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00]) }));
  expect(await client.closed()).toBe(1002);
});

describe('row 43: a flood', () => {
  test('of pings closes with 4429', async () => {
    const client = await fixture.connect(limited);
    for (let n = 0; n < 300; n++) client.socket.ping();
    expect(await client.closed()).toBe(4429);
  });

  test('of 1,000 subscriptions closes with 4429', async () => {
    const client = await fixture.connect(limited);
    for (let n = 0; n < 1_000; n++) client.say({ type: 'subscribe', topic: `room:${known}` });
    expect(await client.closed()).toBe(4429);
  });

  test('of one-byte messages closes at its fifth', async () => {
    const client = await fixture.connect(limited);
    for (let n = 0; n < 300; n++) client.socket.send('x');
    expect(await client.closed()).toBe(4400);
    expect(client.ofType('error')).toHaveLength(5);
  });

  test('of topics on one socket ends after a hundred, also without a limit on frames', async () => {
    const client = await fixture.connect(open);
    const owners = Array.from({ length: 101 }, () => fixture.room());
    for (const id of owners) client.say({ type: 'subscribe', topic: `room:${id}` });
    expect(await client.next(({ type }) => type === 'error')).toMatchObject({ code: 429 });
    expect(client.ofType('subscribed')).toHaveLength(100);
  });

  test('of sockets of one person: the 21st is closed with 4430, another person’s first is not', async () => {
    const person = viewer();
    await Promise.all(Array.from({ length: 20 }, () => fixture.connect(limited, person)));
    const oneMore = fixture.dial(limited, `/ws`, person);
    expect(await oneMore.closed()).toBe(4430);
    expect(oneMore.frames).toEqual([]);
    await fixture.connect(limited);
  });
});

describe('row 45: a frame that is', () => {
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
    const client = await fixture.connect(open);
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
    const client = await fixture.connect(open);
    for (let n = 0; n < 6; n++) client.say({ type: 'subscribe', topic: `server:${n}`, ref: 'mine' });
    await until(() => client.ofType('error').length === 6, 'each is refused');
    expect(client.ofType('error')[0]).toEqual({ type: 'error', code: 404, message: 'no such topic', ref: 'mine' });
    await client.settled();
  });
});
