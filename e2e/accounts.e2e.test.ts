import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { openDatabase } from '../shared/database.ts';
import { PASSWORD, phoneNumber, post, register, sessionOf } from './support/people.ts';
import { type Product, startProduct } from './support/product.ts';
import { until } from './support/until.ts';

/** Accounts on the whole product, whose contexts run apart: auth and profiles in one process, friends in another. */
let product: Product;

const PROCESSES = `
ingress: node ingress/main.ts
services: node services/main.ts rooms ledger
accounts: node services/main.ts auth profiles
relations: node services/main.ts friends
save: node workers/main.ts save
transfer-money: node workers/main.ts transfer-money
queue-to-ws: node workers/main.ts queue-to-ws
people: node workers/main.ts auth profiles friends
ws-gateway: node ws-gateway/main.ts
`;

beforeAll(async () => {
  const procfile = join(tmpdir(), `rostra-apart-${process.pid}`);
  await writeFile(procfile, PROCESSES);
  product = await startProduct({ hasPeople: true, procfile });
  const { visitor } = await register(product, phoneNumber(0), 'First');
  for (const path of ['/profile', '/friends']) {
    await until(`${path} answers`, async () => (await visitor.get(path)).status === 200);
  }
}, 180_000);
afterAll(() => product?.stop(), 60_000);

const process_ = (name: string) => {
  const found = product.fleet.processes.find((one) => one.name === name);
  if (!found) throw new Error(`there is no ${name}`);
  return found;
};

test('a registered person is a client at once, has a profile and a friend list, and becomes a user by opening a room', async () => {
  const ann = await register(product, phoneNumber(1), 'Ann');
  expect((await ann.visitor.get('/account')).body).toEqual({ success: true, balance: '0.00', currency: 'USD' });
  expect((await ann.visitor.get('/profile')).body).toMatchObject({ uuid: ann.uuid, nickname: 'Ann' });
  expect((await ann.visitor.get('/friends')).body).toMatchObject({ friends: [], incoming: [], outgoing: [] });
  const bob = await register(product, phoneNumber(2), 'Bob');
  await until('Bob finds Ann', async () => {
    const users = (await bob.visitor.get('/users?search=an')).body['users'] as { uuid: string }[];
    return users.some(({ uuid }) => uuid === ann.uuid);
  });

  expect((await ann.visitor.post('/room', { name: 'Ann live' })).status).toBe(201);
  let refreshToken = ann.refreshToken;
  const streamer = await until('her tokens say so', async () => {
    const answer = await post(product, '/refresh-token', { refresh_token: refreshToken });
    refreshToken = String(answer.body['refresh_token']);
    const claims = JSON.parse(Buffer.from(String(answer.body['token']).split('.')[1] ?? '', 'base64url').toString());
    return (claims as { type: string }).type === 'user' ? sessionOf(product, answer).visitor : null;
  });

  const socket = await streamer.join(ann.uuid);
  const watching = await bob.visitor.join(ann.uuid);
  const said = { message: 'Hello, Ann', is_public: true, owner_id: ann.uuid };
  const { body } = await bob.visitor.post('/chat/message/add', said);
  for (const one of [socket, watching]) {
    const frame = await one.next((seen) => seen['id'] === body['id']);
    expect(frame).toMatchObject({ from: { uuid: bob.uuid, name: 'Bob', type: 'client' }, value: 'Hello, Ann' });
  }
  await product.deposit(bob.visitor, '10.00');
  await bob.visitor.post('/chat/donate/add', { sum: '4.00', owner_id: ann.uuid });
  await socket.next((frame) => frame.type === 'donate');
  expect((await streamer.get('/account')).body['balance']).toBe('4.00');
}, 180_000);

test('row 8: what is revoked ends at the ingress and on open sockets within a minute', async () => {
  const clare = await register(product, phoneNumber(3), 'Clare');
  const other = sessionOf(product, await post(product, '/login', { nickname: 'clare', password: PASSWORD }));
  const [here, there] = [await clare.visitor.connect('/ws'), await other.visitor.connect('/ws')];
  const startedMs = Date.now();
  expect((await clare.visitor.post('/logout', undefined)).status).toBe(200);
  expect(await here.closed).toMatchObject({ code: 4401 });
  await until('the ingress knows', async () => (await clare.visitor.get('/account')).status === 401, 60_000);
  expect(Date.now() - startedMs).toBeLessThan(60_000);
  expect((await post(product, '/refresh-token', { refresh_token: clare.refreshToken })).status).toBe(401);

  // The other session of hers is none the worse, until an operator blocks her.
  expect((await other.visitor.get('/account')).status).toBe(200);
  const operator = product.visitor({ scope: 'ops' });
  expect((await operator.post(`/person/${clare.uuid}/block`, undefined)).status).toBe(200);
  expect(await there.closed).toMatchObject({ code: 4401 });
  await until('the ingress knows', async () => (await other.visitor.get('/account')).status === 401, 60_000);
  expect((await post(product, '/login', { nickname: 'Clare', password: PASSWORD })).status).toBe(401);
}, 150_000);

test('row 56: a thousand logins at once: some are looked at, the others are told to come again, and all else goes on', async () => {
  const eve = await register(product, phoneNumber(5), 'Eve');
  const login = () => post(product, '/login', { phone: eve.phone, password: 'a guess of somebody' });
  const logins = Promise.all(Array.from({ length: 1_000 }, async () => (await login()).status));
  const meanwhile: number[] = [];
  let isOver = false;
  const others = (async () => {
    while (!isOver) meanwhile.push((await eve.visitor.get('/account')).status);
  })();
  const answers = await logins;
  isOver = true;
  await others;
  expect(new Set(answers)).toEqual(new Set([401, 503]));
  expect(answers.filter((status) => status === 401).length).toBeGreaterThan(5);
  expect(new Set(meanwhile)).toEqual(new Set([200]));
}, 180_000);

describe('a context that is away', () => {
  const statuses = async (paths: readonly string[], visitor = product.visitor({ name: 'Eve' })) =>
    Promise.all(paths.map(async (path) => (await visitor.get(path)).status));

  test('answers 503 on its own routes only', async () => {
    const dan = await register(product, phoneNumber(4), 'Dan');
    await process_('relations').stop();
    expect(await statuses(['/friends', '/profile', '/account'], dan.visitor)).toEqual([503, 200, 200]);
    process_('relations').start();
    await until('friends answer', async () => (await dan.visitor.get('/friends')).status === 200);

    const login = () => post(product, '/login', { phone: dan.phone, password: PASSWORD });
    const other = sessionOf(product, await login()).visitor;
    expect((await other.get('/account')).status).toBe(200);
    expect((await other.post('/logout', {})).status).toBe(200);
    await process_('accounts').kill('SIGKILL');
    await process_('accounts').stop();
    await until(
      'what ended in its last moment has ended',
      async () => (await other.get('/account')).status === 401,
      60_000,
    );
    expect((await login()).status).toBe(503);
    expect((await login()).headers.get('retry-after')).toBe('1');
    // Who is signed in stays so: the keys are known.
    expect(await statuses(['/profile', '/friends', '/account'], dan.visitor)).toEqual([503, 200, 200]);
    process_('accounts').start();
    await until('accounts answer', async () => (await login()).status === 200);
  }, 180_000);
});

test("a context's database account is refused on every other context's tables", async () => {
  const contexts = Object.keys(product.databases);
  expect(contexts.sort()).toEqual(['auth', 'friends', 'ledger', 'profiles', 'rooms']);
  for (const context of contexts) {
    const own = openDatabase(product.databases[context]?.url ?? '', 1);
    for (const other of contexts) {
      const table = `${new URL(product.databases[other]?.url ?? '').pathname.slice(1)}.outbox`;
      const read = own.select(`SELECT COUNT(*) FROM ${table}`);
      if (other === context) await read;
      // 1142: the command is denied to this account; 1044: so is the database.
      else await expect(read).rejects.toMatchObject({ errno: expect.any(Number), sqlState: '42000' });
    }
    await own.close();
  }
});
