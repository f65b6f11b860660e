import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect, createServer, type Server } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Kafka, logLevel, type Producer } from 'kafkajs';
import { choosePort } from '../scripts/stack/ports.ts';
import { createTopic } from '../scripts/topics.ts';
import './kafka-repair.ts';
import { awakeMs } from './testing/awake.ts';

const [host = '', port = ''] = (process.env['KAFKA_BROKERS'] ?? '').split(',')[0]?.split(':') ?? [];
const topic = `repair-${randomBytes(6).toString('hex')}`;
const CUT_BYTES = 1_500;
const CUTTING_MS = 6_000;
/** A machine that was held up all the while has not been cut off often enough: it goes on for longer. */
const CUTTING_AT_MOST_MS = 60_000;

/** Ends each connection in the middle of an answer, while it is told to. */
let isCutting = false;
let cuts = 0;
let way: Server;
let producer: Producer;
let kafka: Kafka;

beforeAll(async () => {
  way = createServer((client) => {
    const broker = connect(Number(port), host);
    let left = Infinity;
    client.on('error', () => broker.destroy());
    broker.on('error', () => client.destroy());
    client.on('close', () => broker.destroy());
    broker.on('end', () => client.end());
    client.pipe(broker);
    broker.on('data', (answer) => {
      if (isCutting && left === Infinity) left = 1 + Math.floor(Math.random() * CUT_BYTES);
      client.write(answer.subarray(0, Math.min(left, answer.length)));
      if (answer.length >= left) {
        cuts++;
        client.end(() => broker.destroy());
      }
      left -= answer.length;
    });
  });
  const entry = await choosePort();
  way.listen(entry, '127.0.0.1');
  await once(way, 'listening');
  kafka = new Kafka({
    brokers: [`${host}:${port}`],
    logLevel: logLevel.NOTHING,
    requestTimeout: 5_000,
    retry: { initialRetryTime: 50, maxRetryTime: 500, retries: 4 },
    socketFactory: ({ onConnect }) => connect({ host: '127.0.0.1', port: entry }, onConnect),
  });
  const admin = kafka.admin();
  await admin.connect();
  await createTopic(admin, { topic, numPartitions: 2 });
  await admin.disconnect();
  producer = kafka.producer();
  await producer.connect();
});

afterAll(async () => {
  await producer.disconnect();
  const admin = kafka.admin();
  await admin.connect();
  await admin.deleteTopics({ topics: [topic] });
  await admin.disconnect();
  way.close();
});

const send = (value: string) => producer.send({ topic, acks: -1, messages: [{ key: value, value }] });

test('a producer whose answers were cut over and over sends again as soon as they come whole', async () => {
  await send('before');
  isCutting = true;
  const fromMs = awakeMs();
  const goesOn = () => awakeMs() - fromMs < (cuts > 1 ? CUTTING_MS : CUTTING_AT_MOST_MS);
  const sender = async () => {
    while (goesOn()) {
      await send('meanwhile').catch(() => undefined);
      await sleep(20);
    }
  };
  await Promise.all([sender(), sender()]);
  isCutting = false;
  // How many of the sends failed for good is a matter of luck: the client tries each of them five times.
  expect(cuts).toBeGreaterThan(1);
  // The first may still meet a socket that was cut.
  await send('first').catch(() => undefined);
  for (const value of ['second', 'third', 'fourth']) await send(value);
});
