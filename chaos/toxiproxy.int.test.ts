import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { resolve } from 'node:path';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { type Producer, Kafka, logLevel } from 'kafkajs';
import { choosePort } from '../scripts/stack/ports.ts';
import { startStack, type Stack } from '../scripts/stack/stack.ts';
import { createTopic } from '../scripts/topics.ts';
import type { Proxy } from './proxy.ts';
import { isBuilt, startProxy } from './toxiproxy.ts';

jest.setTimeout(60_000);

const directory = `${resolve(import.meta.dirname, '..')}/.stack/test-${randomBytes(6).toString('hex')}`;
const elsewhere = { DATABASE_URL: 'mysql://elsewhere', REDIS_URL: 'redis://elsewhere' };
/**
 * The proxy is built by Go, which takes both cores for a minute: `npm run chaos` does so at its first fault that needs a
 * link, and from then on these run too.
 */
const linked = isBuilt() ? test : test.skip;
let echo: Server;
let stack: Stack;
let proxy: Proxy;

beforeAll(async () => {
  if (!isBuilt()) return;
  echo = createServer((socket) => {
    socket.on('error', () => socket.destroy());
    socket.pipe(socket);
  });
  const echoPort = await choosePort();
  echo.listen(echoPort, '127.0.0.1');
  await once(echo, 'listening');
  const door = { name: 'PROXY', port: await choosePort(), advertisedPort: await choosePort() };
  [proxy, stack] = await Promise.all([
    startProxy(
      `${directory}-proxy`,
      [
        { name: 'echo', port: await choosePort(), upstreamPort: echoPort },
        { name: 'kafka', port: door.advertisedPort, upstreamPort: door.port },
      ],
      () => undefined,
    ),
    startStack({ directory, given: elsewhere, kafkaDoors: [door] }),
  ]);
});

afterAll(async () => {
  if (!isBuilt()) return;
  await Promise.all([proxy.stop(), stack.stop({ discard: true })]);
  await rm(`${directory}-proxy`, { recursive: true });
  echo.close();
});

linked('a link that is cut ends its connections and refuses new ones until it is mended', async () => {
  const link = proxy.link('echo');
  const open = await enter(link.port);
  await answer(open);
  const ended = once(open, 'close');
  await link.cut();
  await ended;
  await expect(enter(link.port)).rejects.toThrow('ECONNREFUSED');
  await link.mend();
  const again = await enter(link.port);
  await answer(again);
  again.destroy();
});

linked('a toxic spoils open connections and is taken out once, also after a cut', async () => {
  const link = proxy.link('echo');
  const socket = await enter(link.port);
  const takeOut = await link.spoil({ type: 'latency', attributes: { latency: 300 } });
  expect(await answer(socket)).toBeGreaterThanOrEqual(290);
  const takeOutToo = await link.spoil({ type: 'latency', stream: 'upstream', attributes: { latency: 300 } });
  expect(await answer(socket)).toBeGreaterThanOrEqual(590);
  await takeOut();
  await takeOut();
  const slowed = await fastestAnswer(socket);
  expect(slowed).toBeGreaterThanOrEqual(290);
  expect(slowed).toBeLessThan(590);
  await link.cut();
  await link.mend();
  await takeOutToo();
  const again = await enter(link.port);
  expect(await fastestAnswer(again)).toBeLessThan(290);
  again.destroy();
});

linked('a link that nobody opened, and a toxic that there is not, are refused by name', async () => {
  expect(() => proxy.link('nowhere')).toThrow('no link is called nowhere: there are echo, kafka');
  await expect(proxy.link('echo').spoil({ type: 'arsenic', attributes: {} })).rejects.toThrow('arsenic');
});

linked('whoever comes to the broker by its door stays behind the proxy', async () => {
  const link = proxy.link('kafka');
  const admin = new Kafka({ brokers: [stack.env.KAFKA_BROKERS], logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
  await createTopic(admin, { topic: 'door', numPartitions: 1 });
  const producer = kafkaBehind(link.port).producer();
  await producer.connect();
  await send(producer);
  await link.cut();
  await expect(send(producer)).rejects.toThrow();
  await link.mend();
  await send(producer);
  expect((await admin.fetchTopicOffsets('door'))[0]?.high).toBe('2');
  await producer.disconnect();
  await admin.disconnect();
});

function kafkaBehind(port: number): Kafka {
  return new Kafka({
    brokers: [`127.0.0.1:${port}`],
    logLevel: logLevel.NOTHING,
    connectionTimeout: 1_000,
    retry: { retries: 2, initialRetryTime: 100 },
  });
}

function send(producer: Producer): Promise<unknown> {
  return producer.send({ topic: 'door', acks: -1, timeout: 2_000, messages: [{ value: 'knock' }] });
}

async function enter(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  await once(socket, 'connect');
  socket.on('error', () => socket.destroy());
  return socket;
}

/** @returns how many milliseconds the echo took */
async function answer(socket: Socket): Promise<number> {
  const from = performance.now();
  socket.write('ping');
  const [text] = await once(socket, 'data');
  expect(String(text)).toBe('ping');
  return performance.now() - from;
}

/** Of five: a toxic that was left in slows all of them, a busy machine one or two. */
async function fastestAnswer(socket: Socket): Promise<number> {
  const took: number[] = [];
  for (let time = 0; time < 5; time++) took.push(await answer(socket));
  return Math.min(...took);
}
