import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Product, startProduct } from './support/product.ts';
import { until } from './support/until.ts';
import { type Answer, type FrameBody, freshKey, type Socket, type Visitor } from './support/visitor.ts';

/** Donations that go back, on the whole product with two gateways. */
let product: Product;
let operator: Visitor;

beforeAll(async () => {
  product = await startProduct({ counts: { 'ws-gateway': 2 } });
  operator = product.visitor({ scope: 'money:refund money:payout' });
}, 180_000);
afterAll(() => product?.stop(), 60_000);

interface Room {
  readonly owner: Visitor;
  readonly ann: Visitor;
  readonly bob: Visitor;
  /** On the first and on the second gateway. */
  readonly sockets: { owner: Socket; ann: Socket; bob: Socket };
}

async function openRoom(): Promise<Room> {
  const owner = product.visitor({ type: 'user', name: 'Ada' });
  const [ann, bob] = ['Ann', 'Bob'].map((name) => product.visitor({ owner: owner.sub, name })) as [Visitor, Visitor];
  const sockets = {
    owner: await owner.join(owner.sub, 0),
    ann: await ann.join(owner.sub, 1),
    bob: await bob.join(owner.sub, 0),
  };
  await Promise.all([ann, bob].map((person) => product.deposit(person, '50.00')));
  return { owner, ann, bob, sockets };
}

const ofDonation = (type: string, id: string) => (frame: FrameBody) => frame.type === type && frame['donate_id'] === id;
const balanceOf = async (person: Visitor) => (await person.get('/account')).body['balance'];
const refund = (donate_id: string, headers = {}): Promise<Answer> =>
  operator.post('/account/refund', { donate_id }, headers);

/** Donates, and waits until the room has been shown it. */
async function give(room: Room, who: 'ann' | 'bob', body: object): Promise<string> {
  const id = String((await room[who].post('/chat/donate/add', body)).body['id']);
  await room.sockets.owner.next((frame) => frame['id'] === id);
  return id;
}

describe('a refund', () => {
  test('is shown to the whole room, with both balances to their own, and marked in the history', async () => {
    const room = await openRoom();
    const id = await give(room, 'ann', { sum: '5.00', message: { message: 'for you', is_public: false } });
    const answer = await refund(id);
    expect(answer).toMatchObject({ status: 200, body: { success: true, balance: '50.00' } });
    for (const socket of Object.values(room.sockets)) {
      expect(await socket.next(ofDonation('donate_refunded', id))).toMatchObject({
        topic: `room:${room.owner.sub}`,
        seq: expect.any(Number),
      });
    }
    await room.sockets.ann.next((frame) => frame.type === 'balance' && frame['balance'] === '50.00');
    await room.sockets.owner.next((frame) => frame.type === 'balance' && frame['balance'] === '0.00');
    expect(room.sockets.bob.ofType('balance').map((frame) => frame['balance'])).not.toContain('0.00');
    await until('the donation says so', async () => {
      return (await room.ann.get(`/chat/donate/${id}`)).body['status'] === 'refunded';
    });
    // The comment is a message of its own, kept by its own event: it may be there a moment after the donation.
    const events = await until('donation and comment are in the history', async () => {
      const { body } = await room.owner.get(`/chat/event/history?owner_id=${room.owner.sub}`);
      const listed = body['events'] as FrameBody[];
      return listed.some((event) => event['donate_id'] === id) ? listed : null;
    });
    expect(events.find((event) => event['id'] === id)).toMatchObject({ type: 'donate', sum: '5.00', refunded: true });
    expect(events.find((event) => event['donate_id'] === id)).toMatchObject({ type: 'message', value: 'for you' });
    const lines = (await room.ann.get('/account/postings')).body['postings'];
    expect(lines).toMatchObject([{ kind: 'refund', sum: '5.00' }, { kind: 'donation' }, { kind: 'deposit' }]);
  });

  test('gives the title back to the former holder, then to nobody', async () => {
    const room = await openRoom();
    const titles = (socket: Socket) => socket.ofType('change_sponsor');
    const title = (version: number) =>
      room.sockets.bob.next((f) => f.type === 'change_sponsor' && f['version'] === version);
    const first = await give(room, 'ann', { sum: '5.00' });
    const second = await give(room, 'bob', { sum: '7.00' });
    expect(await title(2)).toMatchObject({ sponsor: { name: 'Bob' }, total: '7.00' });
    await refund(second);
    expect(await title(3)).toMatchObject({ sponsor: { uuid: room.ann.sub, name: 'Ann' }, total: '5.00' });
    await refund(first);
    expect(await title(4)).toMatchObject({ sponsor: null, total: '0.00' });
    expect(titles(room.sockets.bob)).toHaveLength(4);
    const sponsor = await room.bob.get(`/chat/sponsor?owner_id=${room.owner.sub}`);
    expect(sponsor.body).toMatchObject({ sponsor: null, total: '0.00', version: 4 });
    await until('the leaderboard is empty', async () => {
      const { body } = await room.bob.get(`/chat/leaderboard?owner_id=${room.owner.sub}`);
      return (body['leaders'] as unknown[]).length === 0;
    });
  });

  test('takes its sum out of the open goal, and leaves one that has ended as it is', async () => {
    const room = await openRoom();
    await room.owner.post('/chat/goal/add', { name: 'Lamp', require_sum: '10.00' });
    const goal = (sum: string, type = 'goal') =>
      room.sockets.owner.next((frame) => frame.type === type && frame['sum'] === sum);
    await goal('0.00');
    const small = await give(room, 'ann', { sum: '4.00' });
    await goal('4.00');
    const fives = await give(room, 'bob', { sum: '5.00' });
    await goal('9.00');
    await refund(small);
    const fallen = await goal('5.00');
    expect(fallen).toMatchObject({ name: 'Lamp', version: 4 });
    await give(room, 'ann', { sum: '6.00' });
    await goal('11.00', 'end_goal');
    await refund(fives);
    await room.sockets.owner.next(ofDonation('donate_refunded', fives));
    await room.sockets.owner.next((frame) => frame.type === 'balance' && frame['balance'] === '6.00');
    const { body } = await room.owner.get(`/chat/goal?owner_id=${room.owner.sub}`);
    expect(body).toMatchObject({ goal: null, ended: { name: 'Lamp', sum: '11.00' } });
    expect(room.sockets.owner.ofType('end_goal')).toHaveLength(1);
  });

  test('of what the streamer has spent answers 402, and shows nobody anything', async () => {
    const room = await openRoom();
    const id = await give(room, 'ann', { sum: '5.00' });
    const payout = { account: room.owner.sub, sum: '0.01' };
    expect((await operator.post('/account/payout', payout, freshKey())).status).toBe(200);
    const answer = await refund(id);
    expect([answer.status, answer.body]).toEqual([402, { success: 'false', message: 'insufficient balance' }]);
    expect([await balanceOf(room.ann), await balanceOf(room.owner)]).toEqual(['45.00', '4.99']);
    await give(room, 'bob', { sum: '1.00' });
    expect(room.sockets.owner.ofType('donate_refunded')).toEqual([]);
    expect((await refund(id)).status).toBe(200);
  });

  test('asked for twice in parallel, and later again, is one: one frame, one transfer', async () => {
    const room = await openRoom();
    const id = await give(room, 'ann', { sum: '5.00' });
    const answers = await Promise.all([refund(id), refund(id, freshKey()), refund(id, freshKey())]);
    answers.push(await refund(id));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
    expect(new Set(answers.map(({ body }) => body['transfer_id'])).size).toBe(1);
    expect(answers.filter(({ headers }) => headers.get('idempotency-hit') === 'true')).toHaveLength(3);
    expect([await balanceOf(room.ann), await balanceOf(room.owner)]).toEqual(['50.00', '0.00']);
    await room.sockets.ann.next(ofDonation('donate_refunded', id));
    await give(room, 'bob', { sum: '1.00' });
    expect(room.sockets.owner.frames.filter(ofDonation('donate_refunded', id))).toHaveLength(1);
  });

  test('is for who has the scope, of a donation that has settled', async () => {
    const room = await openRoom();
    const id = await give(room, 'ann', { sum: '5.00' });
    for (const person of [room.ann, room.owner]) {
      expect((await person.post('/account/refund', { donate_id: id })).status).toBe(403);
    }
    expect((await refund(randomUUID())).status).toBe(404);
    const { body } = await room.ann.post('/chat/donate/add', { sum: '999.00' });
    await room.sockets.ann.next(ofDonation('donate_rejected', String(body['id'])));
    expect((await refund(String(body['id']))).status).toBe(404);
    const key = freshKey();
    expect((await refund(id, key)).status).toBe(200);
    const other = await give(room, 'bob', { sum: '1.00' });
    expect(await refund(other, key)).toMatchObject({ status: 422, body: { message: 'key reused' } });
  });
});
