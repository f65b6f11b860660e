import { createServer, type AddressInfo } from 'node:net';
import { once } from 'node:events';
import { expect, test } from '@jest/globals';
import { choosePort, isListeningOn, isPortFree, parseListeners, portHolder } from './ports.ts';

test('chosen ports are free, distinct, and outside the range of outgoing connections', async () => {
  const ports = await Promise.all(Array.from({ length: 20 }, choosePort));
  expect(new Set(ports).size).toBe(20);
  expect(Math.min(...ports)).toBeGreaterThanOrEqual(20_000);
  expect(Math.max(...ports)).toBeLessThan(32_768);
  for (const port of ports) expect(await isPortFree(port)).toBe(true);
});

test('a port with a listener is not free, and the listener is known by its pid', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  expect(await isPortFree(port)).toBe(false);
  expect(await isListeningOn(process.pid, port)).toBe(true);
  expect(await isListeningOn(process.ppid, port)).toBe(false);
  expect(await portHolder(port)).toContain(`pid ${process.pid} (`);
  server.close();
  await once(server, 'close');
  expect(await isListeningOn(process.pid, port)).toBe(false);
});

test('only listening sockets of exactly this port are taken from the kernel’s table', () => {
  const table = [
    '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode',
    '   0: 0100007F:4E20 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 111 1 0 100 0 0 10 0',
    '   1: 0100007F:4E20 0100007F:8888 01 00000000:00000000 00:00000000 00000000     0        0 222 1 0 100 0 0 10 0',
    '   2: 0100007F:4E21 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 333 1 0 100 0 0 10 0',
    '',
  ].join('\n');
  expect(parseListeners(table, 20_000)).toEqual(['111']);
});
