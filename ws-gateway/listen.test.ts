import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterEach, expect, test } from '@jest/globals';
import { Health } from '../shared/health.ts';
import { testLog } from '../shared/testing/environment.ts';
import { listen, type Listening } from './listen.ts';

const opened: { close(): void }[] = [];
afterEach(() => opened.splice(0).forEach((one) => one.close()));

async function open(port = 0): Promise<Listening> {
  const upgrade = async (request: { socket: Socket }) => {
    await Promise.resolve();
    request.socket.end('HTTP/1.1 101 Switching Protocols\r\n\r\n');
  };
  const listening = await listen({ host: '127.0.0.1', port, health: new Health({}), log: testLog, upgrade });
  opened.push(listening);
  return listening;
}

async function ask(port: number, headers: string): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  socket.write(`GET /healthz HTTP/1.1\r\nhost: x\r\n${headers}\r\n`);
  const [first] = (await once(socket, 'data')) as [Buffer];
  socket.destroy();
  return first.toString('latin1').split('\r\n')[0] ?? '';
}

test('whichever queue a connection comes by, it is served as any other', async () => {
  const { port } = await open();
  const plain = await Promise.all(Array.from({ length: 100 }, () => ask(port, '')));
  expect(new Set(plain)).toEqual(new Set(['HTTP/1.1 200 OK']));
  const upgrades = Array.from({ length: 100 }, () => ask(port, 'connection: upgrade\r\nupgrade: websocket\r\n'));
  expect(new Set(await Promise.all(upgrades))).toEqual(new Set(['HTTP/1.1 101 Switching Protocols']));
});

test('a port that another one listens on is refused, and free again once that one has closed', async () => {
  const { port, close } = await open();
  await expect(open(port)).rejects.toThrow('EADDRINUSE');
  close();
  await expect(open(port)).resolves.toMatchObject({ port });
});
