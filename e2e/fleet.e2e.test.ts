import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { encodeEvent } from '../shared/event.ts';
import { freshId } from '../shared/ids.ts';
import { connectKafka } from '../shared/kafka-client.ts';
import { createLogger } from '../shared/logger.ts';
import { type Product, startProduct } from './support/product.ts';
import { until } from './support/until.ts';
import type { FrameBody, Socket, Visitor } from './support/visitor.ts';

/** Daemons come and go, alone or several of a group, and nothing is missed. */
let product: Product;

beforeAll(async () => {
  product = await startProduct({ counts: { save: 2, 'queue-to-ws': 2 } });
}, 180_000);
afterAll(() => product?.stop(), 60_000);

async function room(): Promise<{ owner: Visitor; viewer: Visitor; socket: Socket }> {
  const owner = product.visitor({ type: 'user', name: 'Ada' });
  const viewer = product.visitor({ owner: owner.sub, name: 'Finn' });
  const socket = await owner.join(owner.sub);
  await product.deposit(viewer, '50.00');
  return { owner, viewer, socket };
}

const daemons = (name: string) => product.fleet.processes.filter((process) => process.name === name);
const stop = (name: string) => Promise.all(daemons(name).map((process) => process.stop()));
const start = (name: string) => daemons(name).forEach((process) => process.start());
const donate = async (viewer: Visitor, sum: string) => (await viewer.post('/chat/donate/add', { sum })).body['id'];
const withId = (id: unknown) => (frame: FrameBody) => frame['id'] === id;

test('save stopped: the room goes on, and the history catches up when it returns', async () => {
  const { viewer, owner, socket } = await room();
  await stop('save');
  const { body } = await viewer.post('/chat/message/add', { message: 'hello', is_public: true });
  await socket.next(withId(body['id']));
  const seen = async () =>
    ((await viewer.get(`/chat/event/history?owner_id=${owner.sub}`)).body['events'] as FrameBody[]).some(
      withId(body['id']),
    );
  expect(await seen()).toBe(false);
  start('save');
  await until('the history has it', seen);
}, 180_000);

test('transfer-money stopped: chat goes on, the donation waits and settles later', async () => {
  const { viewer, socket } = await room();
  await stop('transfer-money');
  const id = await donate(viewer, '5.00');
  const { body } = await viewer.post('/chat/message/add', { message: 'still here', is_public: true });
  await socket.next(withId(body['id']));
  await until(
    'it is known as pending',
    async () => (await viewer.get(`/chat/donate/${String(id)}`)).body['status'] === 'pending',
  );
  expect(socket.frames.some(withId(id))).toBe(false);
  start('transfer-money');
  await socket.next(withId(id));
}, 180_000);

test.each([
  ['sponsor', 'change_sponsor'],
  ['goal', 'end_goal'],
])(
  '%s stopped: the donation is shown, and %s follows when it returns',
  async (name, type) => {
    const { owner, viewer, socket } = await room();
    await owner.post('/chat/goal/add', { name: 'Lamp', require_sum: '1.00' });
    await socket.next((frame) => frame.type === 'goal');
    await stop(name);
    await socket.next(withId(await donate(viewer, '2.00')));
    expect(socket.ofType(type)).toEqual([]);
    start(name);
    await socket.next((frame) => frame.type === type);
  },
  60_000,
);

test('queue-to-ws stopped: everything is saved, and the frames follow when it returns', async () => {
  const { viewer, owner, socket } = await room();
  await stop('queue-to-ws');
  const { body } = await viewer.post('/chat/message/add', { message: 'later', is_public: true });
  await until('it is saved', async () =>
    ((await owner.get('/chat/event/history')).body['events'] as FrameBody[]).some(withId(body['id'])),
  );
  expect(socket.frames.some(withId(body['id']))).toBe(false);
  start('queue-to-ws');
  await socket.next(withId(body['id']));
}, 180_000);

test('queue-to-ws started late floods nobody: what is older than ten minutes is not shown', async () => {
  const { owner, viewer, socket } = await room();
  await stop('queue-to-ws');
  const { KAFKA_BROKERS: brokers = '' } = process.env;
  const kafka = connectKafka({
    ...{
      brokers: brokers.split(','),
      clientId: 'test',
      namespace: product.namespace,
      log: createLogger('test', 'silent'),
    },
  });
  const producer = await kafka.producer();
  const weekAgo = new Date(Date.now() - 6 * 86_400_000);
  await producer.send(
    Array.from({ length: 200 }, () => {
      const id = freshId();
      const payload = {
        ...{ message_id: id, owner_id: owner.sub, value: 'old', is_public: true, created_at: weekAgo.toISOString() },
        from: { uuid: viewer.sub, type: 'client' as const, name: 'Finn' },
      };
      return encodeEvent({ id, name: 'AddNewMessage', payload, source: '/test', time: weekAgo });
    }),
  );
  await producer.close();
  await kafka.close();
  const { body } = await viewer.post('/chat/message/add', { message: 'now', is_public: true });
  start('queue-to-ws');
  await socket.next(withId(body['id']));
  expect(socket.ofType('message').map((frame) => frame['value'])).toEqual(['now']);
}, 180_000);

test('two daemons of a group share the partitions, and each room keeps its order', async () => {
  const rooms = await Promise.all(Array.from({ length: 6 }, room));
  const sent = await Promise.all(
    rooms.map(async ({ viewer }) => {
      const ids: unknown[] = [];
      for (let at = 0; at < 25; at++) {
        ids.push((await viewer.post('/chat/message/add', { message: `m${at}`, is_public: true })).body['id']);
      }
      return ids;
    }),
  );
  for (const [at, { socket, owner }] of rooms.entries()) {
    await socket.next(withId(sent[at]?.at(-1)));
    expect(socket.ofType('message').map((frame) => frame['id'])).toEqual(sent[at]);
    const newest = () =>
      owner.get('/chat/event/history').then(({ body }) => (body['events'] as FrameBody[]).map((event) => event['id']));
    await until('the history has the last', async () => (await newest())[0] === sent[at]?.at(-1));
    expect(await newest()).toEqual(sent[at]?.slice(-20).reverse());
  }
  for (const name of ['save', 'queue-to-ws']) {
    const handled = await Promise.all(
      daemons(name).map(async ({ metricsPort }) => {
        const text = await (await fetch(`http://127.0.0.1:${metricsPort}/metrics`)).text();
        return [...text.matchAll(/^rostra_events_total\{[^}]*outcome="done"[^}]*\} (\d+)/gm)].reduce(
          (sum, match) => sum + Number(match[1]),
          0,
        );
      }),
    );
    expect(Math.min(...handled)).toBeGreaterThan(0);
  }
}, 180_000);
