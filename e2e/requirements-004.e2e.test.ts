import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Product, startProduct } from './support/product.ts';
import { until } from './support/until.ts';
import { type FrameBody, freshKey, type Socket, type Visitor } from './support/visitor.ts';

/** Requirements 004, line by line, on the whole product with two gateways. */
let product: Product;

beforeAll(async () => {
  product = await startProduct({ counts: { 'ws-gateway': 2 } });
}, 180_000);
afterAll(() => product?.stop(), 60_000);

interface Room {
  readonly owner: Visitor;
  readonly viewer: Visitor;
  readonly other: Visitor;
  /** Sockets of owner and viewer on the first and the second gateway, and of the other on both. */
  readonly sockets: { owner: Socket[]; viewer: Socket[]; other: Socket[] };
}

async function openRoom(): Promise<Room> {
  const owner = product.visitor({ type: 'user', name: 'Ada' });
  const viewer = product.visitor({ owner: owner.sub, name: 'Finn' });
  const other = product.visitor({ owner: owner.sub, name: 'Mia' });
  const both = (person: Visitor) => Promise.all([0, 1].map((gateway) => person.join(owner.sub, gateway)));
  const [ownerSockets, viewerSockets, otherSockets] = [await both(owner), await both(viewer), await both(other)];
  return { owner, viewer, other, sockets: { owner: ownerSockets, viewer: viewerSockets, other: otherSockets } };
}

const withId = (id: unknown) => (frame: FrameBody) => frame['id'] === id;
const ofType = (type: string) => (frame: FrameBody) => frame.type === type;
const history = async (person: Visitor, owner: Visitor) =>
  (await person.get(`/chat/event/history?owner_id=${owner.sub}`)).body['events'] as FrameBody[];

/** A public message that everybody sees marks the place: whatever was to come before it has come. */
async function settle(room: Room): Promise<void> {
  const { body } = await room.owner.post('/chat/message/add', { message: 'mark', is_public: true });
  const all = [...room.sockets.owner, ...room.sockets.viewer, ...room.sockets.other];
  await Promise.all(all.map((socket) => socket.next(withId(body['id']))));
}

const unauthorized = { success: 'false', message: 'anauthorized' };
const POSTS = [
  ['/chat/message/add', { message: 'hello', is_public: 'true' }],
  ['/chat/donat/add', { sum: 15.5, messgae: { message: '', is_public: 'false' } }],
  ['/chat/donate/add', { sum: 15.5 }],
] as const;

describe('the endpoints answer as they are written', () => {
  test.each(POSTS)('POST %s answers 201 {success: ok, id}', async (path, body) => {
    const { viewer } = await quietRoom();
    const answer = await viewer.post(path, body);
    expect(answer.status).toBe(201);
    expect(answer.body).toEqual({ success: 'ok', id: expect.stringMatching(/^[0-9a-f-]{36}$/) });
  });

  test('POST /chat/connection/add answers 201 for a connection of the caller', async () => {
    const { owner, viewer } = await quietRoom();
    const socket = await viewer.join(owner.sub);
    const connectionId = socket.ofType('welcome')[0]?.['connection_id'];
    const answer = await viewer.post('/chat/connection/add', { connection_id: connectionId });
    expect(answer).toMatchObject({ status: 201, body: { success: 'ok' } });
    await until('the row is there', async () => {
      const rows = await product.rooms.select('SELECT type, entity_uuid FROM connections WHERE connection_uuid = ?', [
        Buffer.from(String(connectionId).replaceAll('-', ''), 'hex'),
      ]);
      return rows.length === 1;
    });
  });

  test.each([...POSTS, ['/chat/connection/add', { connection_id: randomUUID() }] as const])(
    'POST %s answers 401 anauthorized without a token',
    async (path, body) => {
      const response = await fetch(product.httpUrl + path, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
      expect(response.status).toBe(401);
      expect(await response.json()).toEqual(unauthorized);
    },
  );

  test.each([
    ['/chat/message/add', { message: 'hello' }],
    ['/chat/donat/add', { sum: -1 }],
    [
      '/chat/donate/add',
      { sum: 1, message: { message: 'x', is_public: true }, messgae: { message: 'x', is_public: true } },
    ],
    ['/chat/connection/add', { connection_id: 'no uuid' }],
  ])('POST %s answers 400 bad params', async (path, body) => {
    const { viewer } = await quietRoom();
    const answer = await viewer.post(path, body);
    expect(answer.status).toBe(400);
    expect(answer.body).toMatchObject({ success: 'false', message: 'bad params' });
  });

  test('GET /chat/event/history answers 200 {success: true, events}, 401 and 400', async () => {
    const { owner, viewer } = await quietRoom();
    const answer = await viewer.get(`/chat/event/history?owner_id=${owner.sub}`);
    expect(answer).toMatchObject({ status: 200, body: { success: true, events: [] } });
    const anonymous = await fetch(`${product.httpUrl}/chat/event/history?owner_id=${owner.sub}`);
    expect([anonymous.status, await anonymous.json()]).toEqual([401, unauthorized]);
    const wrong = await viewer.get('/chat/event/history?owner_id=no-uuid');
    expect(wrong).toMatchObject({ status: 400, body: { success: 'false', message: 'bad params' } });
  });

  test('every spelling and prefix of a route is one operation: the same key gives one donation', async () => {
    const { viewer } = await quietRoom();
    const key = freshKey();
    const paths = ['/chat/donat/add', '/chat/donate/add', '/api/chat/donat/add', '/api/chat/donate/add'];
    const answers = await Promise.all(paths.map((path) => viewer.post(path, { sum: '1.00' }, key)));
    expect(new Set(answers.map((answer) => `${answer.status} ${String(answer.body['id'])}`)).size).toBe(1);
  });

  test('is_public is taken as string and as boolean, and nothing else', async () => {
    const { viewer } = await quietRoom();
    const statuses = await Promise.all(
      ['true', 'false', true, false, 'FALSE', 0, null, 'no'].map(
        async (isPublic) => (await viewer.post('/chat/message/add', { message: 'x', is_public: isPublic })).status,
      ),
    );
    expect(statuses).toEqual([201, 201, 201, 201, 400, 400, 400, 400]);
  });
});

/** A room without sockets. */
async function quietRoom(): Promise<{ owner: Visitor; viewer: Visitor }> {
  const owner = product.visitor({ type: 'user', name: 'Ada' });
  return { owner, viewer: product.visitor({ owner: owner.sub, name: 'Finn' }) };
}

describe('messages', () => {
  test('a public message reaches everybody in the room, on both gateways, and is saved', async () => {
    const room = await openRoom();
    const { body } = await room.viewer.post('/chat/message/add', { message: ' hello ', is_public: true });
    const all = [...room.sockets.owner, ...room.sockets.viewer, ...room.sockets.other];
    const frames = await Promise.all(all.map((socket) => socket.next(withId(body['id']))));
    for (const frame of frames) {
      expect(frame).toMatchObject({
        type: 'message',
        topic: `room:${room.owner.sub}`,
        from: { uuid: room.viewer.sub, type: 'client', name: 'Finn' },
        value: 'hello',
        is_public: true,
        seq: expect.any(Number),
        created_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
      });
    }
    await until('it is in the history', async () => (await history(room.other, room.owner)).some(withId(body['id'])));
  });

  test('a private message reaches its sender and the owner only, on two gateways at once', async () => {
    const room = await openRoom();
    const { body } = await room.viewer.post('/chat/message/add', { message: 'psst', is_public: 'false' });
    const parties = [...room.sockets.owner, ...room.sockets.viewer];
    await Promise.all(parties.map((socket) => socket.next(withId(body['id']))));
    await settle(room);
    for (const socket of room.sockets.other) expect(socket.frames.filter(withId(body['id']))).toEqual([]);
    await until('the owner reads it', async () => (await history(room.owner, room.owner)).some(withId(body['id'])));
    expect((await history(room.viewer, room.owner)).some(withId(body['id']))).toBe(true);
    expect((await history(room.other, room.owner)).some(withId(body['id']))).toBe(false);
  });

  test('delivery does not ask whether a connection was registered', async () => {
    const room = await openRoom();
    const stranger = room.sockets.other[0]?.ofType('welcome')[0]?.['connection_id'];
    const answer = await room.viewer.post('/chat/connection/add', { connection_id: stranger });
    expect(answer).toMatchObject({ status: 403, body: { success: 'false', message: 'forbidden' } });
  });
});

describe('the history', () => {
  test('holds the last 20 events, newest first, and refreshes its cache on every saved event', async () => {
    const room = await quietRoom();
    const ids: unknown[] = [];
    for (let at = 0; at < 22; at++) {
      ids.push((await room.viewer.post('/chat/message/add', { message: `m${at}`, is_public: true })).body['id']);
    }
    const newest = ids.slice(2).reverse();
    await until('all are saved', async () => (await history(room.viewer, room.owner))[0]?.['id'] === ids.at(-1));
    expect((await history(room.viewer, room.owner)).map((event) => event['id'])).toEqual(newest);
    // Read twice, from the cache now; then an event more must show at once.
    expect((await history(room.owner, room.owner)).map((event) => event['id'])).toEqual(newest);
    const { body } = await room.owner.post('/chat/message/add', { message: 'newest', is_public: true });
    await until('the cache is fresh', async () => (await history(room.viewer, room.owner))[0]?.['id'] === body['id']);
  });

  test('leaves out what is older than ten minutes', async () => {
    const room = await quietRoom();
    const { body } = await room.viewer.post('/chat/message/add', { message: 'old', is_public: true });
    await until('it is there', async () => (await history(room.viewer, room.owner)).some(withId(body['id'])));
    await product.rooms.change('UPDATE room_events SET created_at = created_at - INTERVAL 11 MINUTE WHERE id = ?', [
      Buffer.from(String(body['id']).replaceAll('-', ''), 'hex'),
    ]);
    const next = await room.viewer.post('/chat/message/add', { message: 'new', is_public: true });
    await until('the newer is there', async () =>
      (await history(room.viewer, room.owner)).some(withId(next.body['id'])),
    );
    expect((await history(room.viewer, room.owner)).map((event) => event['id'])).toEqual([next.body['id']]);
  });
});

describe('donations', () => {
  test('money moves, then the room sees it: donate, its comment, sponsor and goal', async () => {
    const room = await openRoom();
    await product.deposit(room.viewer, '100.00');
    await room.owner.post('/chat/goal/add', { name: 'Microphone', require_sum: '15.50' });
    const [ownerSocket] = room.sockets.owner;
    await ownerSocket?.next(ofType('goal'));
    const { body } = await room.viewer.post('/chat/donat/add', {
      sum: 15.5,
      messgae: { message: 'for you', is_public: 'true' },
    });
    const donate = await ownerSocket?.next(withId(body['id']));
    expect(donate).toMatchObject({ type: 'donate', sum: '15.50', currency: 'USD', from: { uuid: room.viewer.sub } });
    const comment = await ownerSocket?.next((frame) => frame.type === 'message' && frame['donate_id'] === body['id']);
    expect(comment).toMatchObject({ value: 'for you', is_public: true });
    const sponsor = await ownerSocket?.next(ofType('change_sponsor'));
    expect(sponsor).toMatchObject({ sponsor: { uuid: room.viewer.sub, name: 'Finn' }, total: '15.50' });
    const ended = await ownerSocket?.next(ofType('end_goal'));
    expect(ended).toMatchObject({ name: 'Microphone', sum: '15.50', require_sum: '15.50' });
    expect((await room.viewer.get('/account')).body).toEqual({ success: true, balance: '84.50', currency: 'USD' });
    await until('the donation is settled', async () => {
      const { body: donation } = await room.viewer.get(`/chat/donate/${String(body['id'])}`);
      return donation['status'] === 'settled';
    });
    const rows = await product.rooms.select('SELECT has_message, message_id FROM donations WHERE id = ?', [
      Buffer.from(String(body['id']).replaceAll('-', ''), 'hex'),
    ]);
    expect(Number(rows[0]?.['has_message'])).toBe(1);
    expect(rows[0]?.['message_id']).not.toBeNull();
  });

  test('without the money: 201, then donate_rejected to the donor alone, and nothing else comes of it', async () => {
    const room = await openRoom();
    const { status, body } = await room.viewer.post('/chat/donate/add', {
      sum: '999999.00',
      message: { message: 'haha', is_public: true },
    });
    expect(status).toBe(201);
    const isRejected = (frame: FrameBody) => frame.type === 'donate_rejected' && frame['donate_id'] === body['id'];
    const rejected = await room.sockets.viewer[0]?.next(isRejected);
    expect(rejected).toMatchObject({ donate_id: body['id'], reason: 'insufficient_balance' });
    await settle(room);
    for (const socket of [...room.sockets.owner, ...room.sockets.other]) {
      expect(socket.frames.filter((frame) => JSON.stringify(frame).includes(String(body['id'])))).toEqual([]);
      expect(socket.ofType('change_sponsor')).toEqual([]);
    }
    expect((await history(room.owner, room.owner)).filter((event) => event.type !== 'message')).toEqual([]);
    expect((await room.owner.get('/chat/sponsor')).body).toMatchObject({ success: true, sponsor: null });
    await until('the donation is rejected', async () => {
      const { body: donation } = await room.viewer.get(`/chat/donate/${String(body['id'])}`);
      return donation['status'] === 'rejected' && donation['reason'] === 'insufficient_balance';
    });
    expect((await room.other.get(`/chat/donate/${String(body['id'])}`)).status).toBe(404);
  });

  test('a private comment is seen by donor and owner alone: in frames, history, cache and resume', async () => {
    const room = await openRoom();
    await product.deposit(room.viewer, '20.00');
    const [otherSocket] = room.sockets.other;
    const start = otherSocket?.ofType('subscribed').find((frame) => frame['topic'] === `room:${room.owner.sub}`);
    const { body } = await room.viewer.post('/chat/donate/add', {
      sum: '5.00',
      message: { message: 'our secret', is_public: false },
    });
    const isComment = (frame: FrameBody) => frame.type === 'message' && frame['donate_id'] === body['id'];
    await Promise.all([...room.sockets.owner, ...room.sockets.viewer].map((socket) => socket.next(isComment)));
    const donate = await otherSocket?.next(withId(body['id']));
    expect(donate?.['message']).toBeUndefined();
    await settle(room);
    await until('the owner reads it', async () => (await history(room.owner, room.owner)).some(isComment));
    for (let twice = 0; twice < 2; twice++) {
      expect((await history(room.viewer, room.owner)).some(isComment)).toBe(true);
      expect(JSON.stringify(await history(room.other, room.owner))).not.toContain('our secret');
    }
    const after = { epoch: start?.['epoch'], seq: start?.['seq'] };
    for (const [person, sees] of [
      [room.viewer, true],
      [room.owner, true],
      [room.other, false],
    ] as const) {
      const socket = await person.connect('/ws', 1);
      socket.send({ type: 'subscribe', topic: `room:${room.owner.sub}`, after });
      const isAnswer = (frame: FrameBody) => frame.type === 'subscribed' && frame['topic'] === `room:${room.owner.sub}`;
      const answer = await socket.next(isAnswer);
      expect(answer['recovered']).toBe(true);
      await until(
        'all recovered frames',
        () => socket.frames.filter((frame) => 'seq' in frame && 'id' in frame).length >= Number(answer['count']),
      );
      expect(socket.frames.some(isComment)).toBe(sees);
    }
    for (const socket of room.sockets.other) expect(JSON.stringify(socket.frames)).not.toContain('our secret');
  });

  test('an empty comment is none', async () => {
    const room = await openRoom();
    await product.deposit(room.viewer, '20.00');
    const { body } = await room.viewer.post('/chat/donat/add', {
      sum: 1,
      messgae: { message: '', is_public: 'false' },
    });
    await room.sockets.owner[0]?.next(withId(body['id']));
    await settle(room);
    expect(room.sockets.owner[0]?.frames.filter((frame) => frame['donate_id'] === body['id'])).toEqual([]);
  });

  test('NewSponsor comes only when the holder changes; a tie keeps the holder', async () => {
    const room = await openRoom();
    await Promise.all([product.deposit(room.viewer, '50.00'), product.deposit(room.other, '50.00')]);
    const [socket] = room.sockets.owner;
    const donate = async (person: Visitor, sum: string) => {
      const { body } = await person.post('/chat/donate/add', { sum });
      await socket?.next(withId(body['id']));
    };
    await donate(room.viewer, '5.00');
    await socket?.next(ofType('change_sponsor'));
    await donate(room.viewer, '5.00'); // the same holder, higher
    await donate(room.other, '10.00'); // a tie
    await donate(room.other, '0.01'); // another holder
    await socket?.next((frame) => frame.type === 'change_sponsor' && JSON.stringify(frame).includes(room.other.sub));
    const holders = (socket?.ofType('change_sponsor') ?? []).map(
      (frame) => (frame['sponsor'] as { uuid: string }).uuid,
    );
    expect(holders).toEqual([room.viewer.sub, room.other.sub]);
    const { body } = await room.owner.get('/chat/sponsor');
    expect(body).toMatchObject({ sponsor: { uuid: room.other.sub }, total: '10.01' });
    const { body: board } = await room.owner.get('/chat/leaderboard?window=all&limit=10');
    expect(board['success']).toBe(true);
  });

  test('EndGoal comes once, however many donations follow', async () => {
    const room = await openRoom();
    await product.deposit(room.viewer, '50.00');
    await room.owner.post('/chat/goal/add', { name: 'Light', require_sum: 5 });
    const [socket] = room.sockets.owner;
    await socket?.next(ofType('goal'));
    for (const sum of ['3.00', '4.00', '2.00']) {
      const { body } = await room.viewer.post('/chat/donate/add', { sum });
      await socket?.next(withId(body['id']));
    }
    await socket?.next(ofType('end_goal'));
    await settle(room);
    expect(socket?.ofType('end_goal')).toHaveLength(1);
    expect(socket?.ofType('end_goal')[0]).toMatchObject({ name: 'Light', sum: '7.00', require_sum: '5.00' });
  });

  test('the same Idempotency-Key a hundred times in parallel: one transfer, one announcement', async () => {
    const room = await openRoom();
    await product.deposit(room.viewer, '50.00');
    const key = freshKey();
    const paths = ['/chat/donat/add', '/chat/donate/add', '/api/chat/donat/add', '/api/chat/donate/add'];
    const answers = await Promise.all(
      Array.from({ length: 100 }, (_, at) => room.viewer.post(paths[at % 4] as string, { sum: '1.25' }, key)),
    );
    expect(new Set(answers.map((answer) => answer.status))).toEqual(new Set([201]));
    const ids = new Set(answers.map((answer) => answer.body['id']));
    expect(ids.size).toBe(1);
    const [id] = ids;
    await room.sockets.owner[0]?.next(withId(id));
    const changed = await room.viewer.post('/chat/donate/add', { sum: '2.50' }, key);
    expect(changed).toMatchObject({ status: 422, body: { success: 'false', message: 'key reused' } });
    await settle(room);
    expect(room.sockets.owner[0]?.frames.filter(withId(id))).toHaveLength(1);
    expect((await room.viewer.get('/account')).body['balance']).toBe('48.75');
    const { body } = await room.viewer.get('/account/postings');
    expect((body['postings'] as { sum: string }[]).map((posting) => posting.sum)).toEqual(['-1.25', '50.00']);
  });

  test('row 19: to oneself 400; to nobody or to a viewer 404; to a blocked owner 201, then rejected', async () => {
    const room = await openRoom();
    await product.deposit(room.viewer, '5.00');
    const guest = product.visitor({ name: 'Guest' });
    const status = async (person: Visitor, owner: string) =>
      (await person.post('/chat/donate/add', { sum: '1.00', owner_id: owner })).status;
    expect(await status(room.owner, room.owner.sub)).toBe(400);
    expect(await status(guest, randomUUID())).toBe(404);
    expect(await status(guest, room.viewer.sub)).toBe(404);
    await room.viewer.post('/chat/donate/add', { sum: '1.00' });
    await room.sockets.owner[0]?.next(ofType('donate'));
    await product.ledger.change("UPDATE accounts SET status = 'blocked' WHERE id = ?", [
      Buffer.from(room.owner.sub.replaceAll('-', ''), 'hex'),
    ]);
    const { status: accepted, body } = await room.viewer.post('/chat/donate/add', { sum: '1.00' });
    expect(accepted).toBe(201);
    const rejected = await room.sockets.viewer[0]?.next((frame) => frame['donate_id'] === body['id']);
    expect(rejected).toMatchObject({ type: 'donate_rejected', reason: 'blocked' });
  });

  test('row 20: 500 donations at once with the money for one: one is settled, 499 are rejected', async () => {
    const room = await openRoom();
    await product.deposit(room.viewer, '5.00');
    const answers = await Promise.all(
      Array.from({ length: 500 }, () => room.viewer.post('/chat/donate/add', { sum: '5.00' })),
    );
    expect(new Set(answers.map((answer) => answer.status))).toEqual(new Set([201]));
    const [socket] = room.sockets.viewer;
    await until('all have ended', () => (socket?.ofType('donate_rejected').length ?? 0) >= 499);
    await socket?.next(ofType('donate'));
    expect(socket?.ofType('donate_rejected')).toHaveLength(499);
    expect(socket?.ofType('donate')).toHaveLength(1);
    expect((await room.viewer.get('/account')).body['balance']).toBe('0.00');
    expect((await room.owner.get('/account')).body['balance']).toBe('5.00');
  });
});
