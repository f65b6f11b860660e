import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createServer, type Server, type Socket } from 'node:net';
import type { Call } from '../shared/endpoint.ts';
import { header } from '../shared/event.ts';
import { connectKafka } from '../shared/kafka-client.ts';
import type { Producer } from '../shared/kafka.ts';
import { createPublisher } from '../shared/publisher.ts';
import { choosePort } from '../scripts/stack/ports.ts';
import { awakeMs } from '../shared/testing/awake.ts';
import { testLog, testNamespace } from '../shared/testing/environment.ts';
import { type TestKafka, testKafka } from '../shared/testing/kafka.ts';
import { connectPatiently } from './producer.ts';
import { testRoutes } from './testing/endpoints.ts';
import { bearer, startIngress } from './testing/ingress.ts';

/** 201 means that the broker has it; a broker that is away, or never answers, means 503 (reliability.md, b1). */

describe('on the real broker', () => {
  let broker: TestKafka;
  let producer: Producer;
  beforeAll(async () => {
    broker = await testKafka(testNamespace());
    producer = await broker.kafka.producer();
  });
  afterAll(async () => {
    await producer.close();
    await broker.remove();
  });

  test('201 is answered once the record can be read, with its headers', async () => {
    const publisher = createPublisher({ producer, log: testLog });
    const ingress = await startIngress(testRoutes(), { publisher });
    try {
      const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
      const headers = { ...bearer(), 'idempotency-key': 'k', traceparent };
      const answer = await ingress.send({ path: '/say', headers, body: { message: 'hello' } });
      expect(answer.status).toBe(201);
      const [record] = (await broker.read('rooms')).filter(({ headers }) => headers[header.id] === answer.json['id']);
      expect(record?.headers).toMatchObject({
        [header.specVersion]: '1.0',
        [header.type]: 'AddNewMessage',
        [header.source]: '/ingress',
        [header.schema]: 'urn:rostra:event:AddNewMessage:1',
        [header.contentType]: 'application/json',
        [header.traceparent]: traceparent,
        [header.fingerprint]: expect.stringMatching(/^[0-9a-f]{64}$/),
      });
      expect(record?.key).toBe(record?.headers[header.subject]);
      expect(JSON.parse(String(record?.value))).toMatchObject({ value: 'hello' });
    } finally {
      await publisher.close();
      await ingress.close();
    }
  });

  test('row 21: 100 at once with one key are all answered 201, and every record bears the one id', async () => {
    const publisher = createPublisher({ producer, log: testLog });
    const ingress = await startIngress(testRoutes(), { publisher });
    try {
      const headers = { ...bearer(), 'idempotency-key': 'once' };
      const send = () => ingress.send({ path: '/say', headers, body: { message: 'once' } });
      const answers = await Promise.all(Array.from({ length: 100 }, send));
      expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([201]));
      const ids = new Set(answers.map(({ json }) => json['id']));
      expect(ids.size).toBe(1);
      const [id] = ids;
      const records = (await broker.read('rooms')).filter(({ headers }) => headers[header.id] === id);
      expect(records.length).toBeGreaterThan(0);
      // Repeats of what is not yet confirmed are produced again, to one partition and with one body; who hears them knows the event by its id.
      expect(new Set(records.map(({ partition }) => partition)).size).toBe(1);
    } finally {
      await publisher.close();
      await ingress.close();
    }
  });
});

describe('without a broker', () => {
  let silent: Server;
  let silentPort: number;
  const sockets: Socket[] = [];
  beforeAll(async () => {
    silentPort = await choosePort();
    silent = createServer((socket) => void sockets.push(socket.on('error', () => undefined)));
    await new Promise<void>((resolve) => silent.listen(silentPort, '127.0.0.1', resolve));
  });
  afterAll(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => silent.close(resolve));
  });

  test.each([
    ['that nobody hears', () => '127.0.0.1:1'],
    ['that takes connections and never answers', () => `127.0.0.1:${silentPort}`],
  ])('with one %s, every call answers 503 within 5.5 s, none 201, and nothing piles up', async (_case, address) => {
    const kafka = connectKafka({ brokers: [address()], clientId: 'test', namespace: '', log: testLog });
    const producer = connectPatiently(() => kafka.producer(), testLog);
    const publisher = createPublisher({ producer, log: testLog });
    const ingress = await startIngress(testRoutes(), { publisher });
    const before = process.memoryUsage().arrayBuffers;
    try {
      const startedMs = awakeMs();
      const send = () => ingress.send({ path: '/say', headers: bearer(), body: { message: 'x'.repeat(500) } });
      const answers = await Promise.all(Array.from({ length: 300 }, send));
      expect(awakeMs() - startedMs).toBeLessThan(5_500);
      expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([503]));
      expect(answers[0]?.json).toEqual({ success: 'false', message: 'unavailable' });
      expect(answers[0]?.headers['retry-after']).toBe('1');
      expect(publisher.depth()).toBe(0);
      expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(64 * 1024 * 1024);
      expect(() => producer.check()).toThrow(/not answered yet/);
    } finally {
      await Promise.all([producer.close(), publisher.close(), ingress.close()]);
      await kafka.close();
    }
  });

  test.each([3_000, 20_000])(
    'a question of %i ms before a broker that never answers is part of the 5.5 s',
    async (questionMs) => {
      const never: Producer = { send: () => new Promise(() => undefined), close: async () => undefined };
      const publisher = createPublisher({ producer: never, log: testLog });
      const question = Promise.withResolvers<null>();
      const timer = setTimeout(question.resolve, questionMs, null);
      const routes = testRoutes().map(({ endpoint, ...route }) => ({
        ...route,
        endpoint:
          endpoint.kind === 'ask'
            ? endpoint
            : { ...endpoint, prepare: async (call: Call) => (await question.promise, endpoint.prepare(call)) },
      }));
      const ingress = await startIngress(routes, { publisher });
      try {
        const startedMs = awakeMs();
        const answer = await ingress.send({ path: '/say', headers: bearer(), body: { message: 'a' } });
        expect(answer.status).toBe(503);
        expect(awakeMs() - startedMs).toBeLessThan(5_500);
      } finally {
        clearTimeout(timer);
        await ingress.close();
        await publisher.close();
      }
    },
  );

  test('a producer that was connected and hears no more answers 503 within 5.5 s as well', async () => {
    const never: Producer = { send: () => new Promise(() => undefined), close: async () => undefined };
    const publisher = createPublisher({ producer: never, log: testLog });
    const ingress = await startIngress(testRoutes(), { publisher });
    try {
      const startedMs = awakeMs();
      const answer = await ingress.send({ path: '/say', headers: bearer(), body: { message: 'a' } });
      expect(answer.status).toBe(503);
      expect(awakeMs() - startedMs).toBeLessThan(5_500);
    } finally {
      await ingress.close();
      await publisher.close();
    }
  });
});
