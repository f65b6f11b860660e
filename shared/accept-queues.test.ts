import { once } from 'node:events';
import { createServer } from 'node:http';
import { connect } from 'node:net';
import { afterEach, expect, test } from '@jest/globals';
import { acceptConnections, type Accepting } from './accept-queues.ts';
import { until } from './testing/until.ts';

const opened: { end(): Promise<void> }[] = [];
afterEach(() => Promise.all(opened.splice(0).map((one) => one.end())));

async function open(options: { port?: number; maximum?: number } = {}): Promise<Accepting> {
  const server = createServer((_, response) => response.end('here'));
  server.on('upgrade', (request) => request.socket.end('HTTP/1.1 101 Switching Protocols\r\n\r\n'));
  const accepting = await acceptConnections(server, { host: '127.0.0.1', port: 0, ...options });
  opened.push({
    async end() {
      server.closeAllConnections();
      await accepting.close();
    },
  });
  return accepting;
}

/** The first line of the answer; nothing where the connection ended without one. */
async function ask(port: number, headers = 'connection: close\r\n'): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => undefined);
  socket.write(`GET / HTTP/1.1\r\nhost: x\r\n${headers}\r\n`);
  let text = '';
  socket.on('data', (chunk) => (text += chunk.toString('latin1')));
  await once(socket, 'close');
  return text.split('\r\n')[0] ?? '';
}

test('whichever queue a connection comes by, it is served as any other', async () => {
  const { port } = await open();
  const plain = await Promise.all(Array.from({ length: 100 }, () => ask(port)));
  expect(new Set(plain)).toEqual(new Set(['HTTP/1.1 200 OK']));
  const upgrades = Array.from({ length: 100 }, () => ask(port, 'connection: upgrade\r\nupgrade: websocket\r\n'));
  expect(new Set(await Promise.all(upgrades))).toEqual(new Set(['HTTP/1.1 101 Switching Protocols']));
});

test('a port that another one listens on is refused, and free again once that one has closed', async () => {
  const { port, close } = await open();
  await expect(open({ port })).rejects.toThrow('EADDRINUSE');
  await close();
  await expect(open({ port })).resolves.toMatchObject({ port });
});

test('the bound is one for all queues', async () => {
  const { port } = await open({ maximum: 20 });
  const held = Array.from({ length: 60 }, () => connect(port, '127.0.0.1').on('error', () => undefined));
  await Promise.all(held.map((socket) => once(socket, 'connect')));
  for (const socket of held) socket.resume();
  await until(() => held.filter((socket) => !socket.closed).length <= 20);
  expect(held.filter((socket) => !socket.closed)).toHaveLength(20);
  for (const socket of held) socket.destroy();
});
