import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { pino } from 'pino';
import { encodeFrame } from '../shared/frame.ts';
import { join, refusedWith, TestClient } from './testing/client.ts';
import { type Fixture, openFixture } from './testing/fixture.ts';
import { type Running, sign, viewer } from './testing/gateways.ts';

/** Who gets in, and to what: rows 39, 44 and 47 of the abuse list. */
let fixture: Fixture;
/** Allows pages of one site. */
let open: Running;
/** Allows its host's own pages. */
let plain: Running;
let known: string;
const logged: string[] = [];

beforeAll(async () => {
  fixture = await openFixture();
  known = fixture.room();
  const log = pino({ level: 'trace' }, { write: (line: string) => logged.push(line) });
  [open, plain] = await Promise.all([fixture.run({ allowedOrigins: ['https://site.example'] }, log), fixture.run()]);
}, 60_000);

afterEach(() => fixture.leaveAll());

afterAll(() => fixture.close(), 60_000);

describe('row 39: an upgrade', () => {
  test.each(['https://evil.example', 'https://site.example.evil.example', 'http://site.example', 'null'])(
    'from a page of %s is refused with 403',
    async (origin) => {
      expect(await refusedWith(`${open.url}/ws`, sign(viewer()), { origin })).toBe(403);
    },
  );

  test('from a page that is allowed, or from no page, is taken', async () => {
    const allowed = fixture.keep(new TestClient(`${open.url}/ws`, sign(viewer()), { origin: 'https://site.example' }));
    await allowed.next(({ type }) => type === 'welcome');
    await fixture.connect(open);
  });

  test('without a list is taken from the host’s own pages on any port, and from no other', async () => {
    const own = fixture.keep(new TestClient(`${plain.url}/ws`, sign(viewer()), { origin: 'http://127.0.0.1:3000' }));
    await own.next(({ type }) => type === 'welcome');
    expect(await refusedWith(`${plain.url}/ws`, sign(viewer()), { origin: 'http://127.0.0.2' })).toBe(403);
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
    const client = fixture.keep(new TestClient(`${open.url}/ws?token=${good}`, null));
    await client.next(({ type }) => type === 'welcome');
    expect(await refusedWith(`${open.url}/ws?token=${bad}`, null)).toBe(401);
    client.say({ type: 'auth', token: bad });
    expect(await client.closed()).toBe(4401);
    expect(logged.length).toBeGreaterThan(0);
    for (const token of [good, bad]) expect(logged.join('')).not.toContain(token.split('.')[2]);
  });
});

test('a crowd of strangers is refused and keeps nobody with a token out, from the same address as well', async () => {
  const crowd = Array.from({ length: 400 }, () => refusedWith(`${plain.url}/ws`, null));
  const viewers = Array.from({ length: 20 }, () => fixture.connect(plain));
  const statuses = new Set(await Promise.all(crowd));
  expect([...statuses].sort()).toEqual([401, 429]);
  await Promise.all(viewers);
});

describe('row 44: what is not theirs', () => {
  test.each([
    ['another person’s topic', () => `person:${randomUUID()}`, 403],
    ['a room that its token does not speak for', () => `room:${randomUUID()}`, 403],
    ['a server', () => 'server:5', 404],
    ['a channel', () => 'channel:5', 404],
    ['a chat', () => `chat:${randomUUID()}`, 404],
    ['a topic of no kind', () => 'everything', 404],
  ])('%s is refused to a subscriber', async (_, topic, code) => {
    const client = await fixture.connect(open, { ...viewer(), owner: known });
    expect(await client.subscribe(topic())).toMatchObject({ type: 'error', code });
  });

  test('a room that does not exist is refused, and closes its own address with 4404', async () => {
    const client = await fixture.connect(open);
    expect(await client.subscribe(`room:${randomUUID()}`)).toMatchObject({ type: 'error', code: 404 });
    for (const id of [randomUUID(), 'nonsense']) {
      const direct = fixture.dial(open, `/room/${id}`, viewer());
      expect(await direct.closed()).toBe(4404);
    }
  });

  test('another room’s token closes the room’s address with 4403', async () => {
    const direct = fixture.dial(open, `/room/${known}`, { ...viewer(), owner: randomUUID() });
    expect(await direct.closed()).toBe(4403);
  });

  test('frames of events that a client makes up reach nobody', async () => {
    const watching = await fixture.connect(open, viewer(), `/room/${known}`);
    const client = await fixture.connect(open, viewer(), `/room/${known}`);
    client.say({ type: 'message', topic: `room:${known}`, value: 'forged', is_public: false, subjects: [] });
    expect(await client.next(({ type }) => type === 'error')).toMatchObject({ code: 400, message: 'unknown type' });
    await watching.settled();
    expect(watching.events).toEqual([]);
  });

  test('a viewer without a token may see rooms and nothing else, and only where that is allowed', async () => {
    const gateway = await fixture.run({ allowAnonymous: true });
    const client = fixture.keep(await join(gateway.url, null, `/room/${known}`));
    expect(client.frames[0]).toMatchObject({ type: 'welcome', sub: null });
    expect(await client.subscribe(`person:${randomUUID()}`)).toMatchObject({ type: 'error', code: 403 });
    const frame = { id: randomUUID(), topic: `room:${known}`, type: 'message', createdAt: '', ownerId: known };
    const secret = { ...frame, id: randomUUID(), fields: { value: 'secret' }, subjects: [known] };
    await fixture.producer.send([secret, { ...frame, fields: { value: 'open' }, subjects: null }].map(encodeFrame));
    await client.next(({ value }) => value === 'open');
    expect(client.events.map(({ value }) => value)).toEqual(['open']);
    await gateway.drain();
  });
});

test('while the rooms are out of reach a room is refused by 503, and its own address by 1013', async () => {
  fixture.existing.current = null;
  const client = await fixture.connect(open);
  expect(await client.subscribe(`room:${randomUUID()}`)).toMatchObject({ type: 'error', code: 503 });
  expect(await fixture.dial(open, `/room/${randomUUID()}`).closed()).toBe(1013);
  fixture.existing.current = new Set([known]);
});

describe('row 47: a token', () => {
  test('that ends closes its socket with 4401', async () => {
    const claims = viewer();
    // With the leeway of 5 s this leaves 5 s and more to come in.
    const client = await fixture.connect(open, { ...claims, lasts: 1 });
    expect(await client.closed(30_000)).toBe(4401);
  });

  test('that is renewed in time keeps it open', async () => {
    const claims = viewer();
    const client = await fixture.connect(open, { ...claims, lasts: 10 });
    client.say({ type: 'auth', token: sign(claims) });
    await client.next(({ type }) => type === 'authenticated');
    // Ends when the first would have ended, or later.
    const expiring = await fixture.connect(open, { ...claims, lasts: 10 });
    expect(await expiring.closed(30_000)).toBe(4401);
    await client.settled();
    expect(client.closeCode).toBeNull();
  });

  test('of somebody else closes with 4401', async () => {
    const client = await fixture.connect(open);
    client.say({ type: 'auth', token: sign(viewer()) });
    expect(await client.closed()).toBe(4401);
  });

  test('renewed for another room leaves the room that it no longer admits', async () => {
    const claims = viewer();
    const client = await fixture.connect(open, { ...claims, owner: known }, `/room/${known}`);
    client.say({ type: 'auth', token: sign({ ...claims, owner: randomUUID() }) });
    expect(await client.next(({ type }) => type === 'unsubscribed')).toMatchObject({ topic: `room:${known}` });
  });
});
