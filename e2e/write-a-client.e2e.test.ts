import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { type DocumentedClient, type GivenToken, startDocumentedClient } from './support/documented-client.ts';
import { type Product, signToken, startProduct } from './support/product.ts';
import { until } from './support/until.ts';
import type { Visitor } from './support/visitor.ts';

/** The client that docs/write-a-client.md hands to other front ends, as it stands there, on the whole product. */
let product: Product;
let streamer: Visitor;
let client: DocumentedClient | undefined;

beforeAll(async () => {
  product = await startProduct();
  streamer = product.visitor({ type: 'user', name: 'Ada' });
  await streamer.post('/room', { name: 'Ada live' });
}, 180_000);
afterEach(async () => {
  await client?.stop();
  client = undefined;
}, 20_000);
afterAll(() => product?.stop(), 60_000);

async function start(getToken: (given: number) => GivenToken): Promise<DocumentedClient> {
  const gatewayUrl = product.gatewayUrls[0] ?? '';
  client = await startDocumentedClient({ httpUrl: product.httpUrl, gatewayUrl, owner: streamer.sub, getToken });
  await until('the room is read', () => client?.called.includes('/chat/event/history'));
  return client;
}

const lasting = (viewer: Visitor) => () => ({ token: viewer.token, expires_in: 3_600 });
const say = (value: string) => ({ message: value, is_public: true, owner_id: streamer.sub });
const messagesOf = ({ shown }: DocumentedClient) =>
  shown.filter(({ type }) => type === 'message').map((one) => one['value']);

function processNamed(name: string) {
  const found = product.fleet.processes.find((process) => process.name === name);
  if (!found) throw new Error(`there is no ${name}`);
  return found;
}

test('the documented client misses nothing and shows nothing twice while its gateway is killed and comes back', async () => {
  const viewer = product.visitor({ name: 'Finn' });
  const here = await start(lasting(viewer));
  expect(await here.post('/chat/message/add', say('before'))).toMatchObject({ success: 'ok' });
  await until('its own message', () => messagesOf(here).includes('before'));

  await processNamed('ws-gateway').kill('SIGKILL');
  await streamer.post('/chat/message/add', say('while it was away'));
  await product.deposit(viewer, '5.00');
  await until('a second connection', () => here.connections > 1);
  await until('its own topic', () => here.shown.some(({ type }) => type === 'balance'));
  await streamer.post('/chat/message/add', say('after'));
  await until('the last message', () => messagesOf(here).includes('after'));

  expect(messagesOf(here)).toEqual(['before', 'while it was away', 'after']);
  const ids = here.shown.map((event) => event['id']);
  expect(new Set(ids).size).toBe(ids.length);
  // It was resumed: only the first connection had to read the history.
  expect(here.called.filter((path) => path === '/chat/event/history')).toHaveLength(1);
}, 180_000);

test('what the documented client posts while the ingress is killed is written once', async () => {
  const viewer = product.visitor({ name: 'Finn' });
  const here = await start(lasting(viewer));
  const writing = [1, 2, 3, 4].map((number) => here.post('/chat/message/add', say(`kept ${number}`)));
  await processNamed('ingress').kill('SIGKILL');
  await Promise.all([...writing, here.post('/chat/message/add', say('kept 5'))]);
  await streamer.post('/chat/message/add', say('the end'));
  await until('the last message', () => messagesOf(here).includes('the end'));
  const kept = messagesOf(here).filter((value) => String(value).startsWith('kept'));
  expect(kept.sort()).toEqual([1, 2, 3, 4, 5].map((number) => `kept ${number}`));
}, 180_000);

test('the documented client replaces a token that is refused, and renews one before it ends on the open connection', async () => {
  const viewer = product.visitor({ name: 'Finn' });
  const shortSeconds = 4;
  const here = await start((given) => {
    const expiresIn = given === 0 ? -60 : shortSeconds;
    const { token } = signToken(product.secret, { sub: viewer.sub, expiresIn });
    return { token, expires_in: given === 0 ? 3_600 : shortSeconds };
  });
  expect(here.tokens).toBeGreaterThan(1);
  // Counted anew at each connection: one that ends all the same, on a machine that was held up, shows nothing.
  let { connections, tokens } = here;
  await until('three renewals on one connection', () => {
    if (here.connections !== connections) ({ connections, tokens } = here);
    return here.tokens - tokens >= 3;
  });
  await streamer.post('/chat/message/add', say('still here'));
  await until('a message', () => messagesOf(here).includes('still here'));
}, 180_000);
