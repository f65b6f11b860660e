import { spawn } from 'node:child_process';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { decodeEvent, encodeEvent, header } from '../shared/event.ts';
import { freshId } from '../shared/ids.ts';
import type { Producer } from '../shared/kafka.ts';
import { testDatabase, type TestDatabase } from '../shared/testing/database.ts';
import { fromStack } from '../shared/testing/environment.ts';
import { exampleDonation } from '../shared/testing/examples.ts';
import { testKafka, type TestKafka } from '../shared/testing/kafka.ts';
import { until } from '../shared/testing/until.ts';

/** Whole worker processes of the group that moves money. */
let on: TestDatabase;
let kafka: TestKafka;
let producer: Producer;
beforeAll(async () => {
  on = await testDatabase('ledger');
  kafka = await testKafka(on.namespace);
  producer = await kafka.kafka.producer();
});
afterEach(() => Promise.all(workers.splice(0).map((worker) => worker.end('SIGKILL'))));
afterAll(async () => {
  await producer.close();
  await kafka.remove();
  await on.drop();
});

interface Worker {
  /** Of its health server, once it has said so. */
  port(): Promise<number>;
  /** What it wrote to stderr so far. */
  errors(): string;
  /** How it ended: exit code or signal. */
  readonly ended: Promise<number | string>;
  end(signal: NodeJS.Signals): Promise<number | string>;
}
const workers: Worker[] = [];

function startWorker(variables: Record<string, string> = {}, groups = ['transfer-money']): Worker {
  const flags = ['--disable-warning=ExperimentalWarning', '--disable-warning=TimeoutNegativeWarning'];
  const child = spawn(process.execPath, [...flags, resolve(import.meta.dirname, 'main.ts'), ...groups], {
    env: {
      PATH: process.env['PATH'],
      KAFKA_BROKERS: fromStack('KAFKA_BROKERS'),
      REDIS_URL: fromStack('REDIS_URL'),
      DATABASE_URL_LEDGER: on.url,
      NAMESPACE: on.namespace,
      ...variables,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = new Promise<number | string>((end) => child.once('close', (code, signal) => end(code ?? signal ?? '')));
  let port: number | undefined;
  createInterface(child.stdout).on('line', (line) => {
    port ??= (JSON.parse(line) as { port?: number }).port;
  });
  let errors = '';
  child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
  const worker: Worker = {
    port: () => until(() => port),
    errors: () => errors,
    ended,
    end: (signal) => (child.kill(signal), ended),
  };
  workers.push(worker);
  return worker;
}

async function donate(): Promise<string> {
  const id = freshId();
  const payload = exampleDonation({ donate_id: id });
  await producer.send([encodeEvent({ id, name: 'AddNewDonate', payload, source: 'test', time: new Date() })]);
  return id;
}

/** Ids of the outcomes that were published for a donation. */
async function outcomesOf(donation: string): Promise<string[]> {
  const decoded = (await kafka.read('donations')).map(decodeEvent);
  const events = decoded.flatMap((one) => (one.kind === 'event' ? [one.event] : []));
  return events
    .filter(
      ({ name, payload }) => name === 'DonateRejected' && 'donate' in payload && payload.donate.donate_id === donation,
    )
    .map(({ id }) => id);
}

const ready = async (worker: Worker) => (await fetch(`http://127.0.0.1:${await worker.port()}/readyz`)).status === 200;
const transfers = () => on.database.select('SELECT state FROM transfers');

test('a worker is ready once it has joined, drains on SIGTERM with 0, and has then left nothing to redo', async () => {
  const worker = startWorker();
  await until(() => ready(worker));
  const id = await donate();
  await until(async () => (await outcomesOf(id)).length === 1);
  expect(await worker.end('SIGTERM')).toBe(0);
  expect(await kafka.kafka.lag(`${on.namespace}.transfer-money`, ['donations'])).toBeLessThanOrEqual(1n);
  expect(await transfers()).toEqual([{ state: 'rejected' }]);
});

test('killed after its commit and killed again before the outbox is cleared, a donation is settled once and told of under one id', async () => {
  await on.database.change('DELETE FROM transfers');
  const id = await donate();
  // Its relay dies first or its slice does, whichever comes: both leave the same work behind.
  const afterCommit = startWorker({ ROSTRA_TEST_BUILD: '1', CRASH_AT: 'after-commit:1:TransferMoney' });
  expect(await afterCommit.ended).toBe('SIGKILL');
  expect(afterCommit.errors()).toContain('crash point after-commit of TransferMoney\n');
  expect(await transfers()).toEqual([{ state: 'rejected' }]);

  const waiting = await on.database.select('SELECT id FROM outbox');
  if (waiting.length > 0) {
    const afterAck = startWorker({ ROSTRA_TEST_BUILD: '1', CRASH_AT: 'relay-after-ack:1' });
    expect(await afterAck.ended).toBe('SIGKILL');
    expect(afterAck.errors()).toContain('crash point relay-after-ack of ledger\n');
  }
  const survivor = startWorker();
  await until(() => ready(survivor));
  await until(async () => (await on.database.select('SELECT id FROM outbox')).length === 0);
  const last = await donate();
  // Behind the redelivered one on some partition: once this is settled, and the lag is gone, so is that.
  await until(async () => (await outcomesOf(last)).length >= 1);
  const outcomes = await outcomesOf(id);
  expect(new Set(outcomes).size).toBe(1);
  expect(await transfers()).toEqual([{ state: 'rejected' }, { state: 'rejected' }]);
  expect(await survivor.end('SIGTERM')).toBe(0);
}, 180_000);

test('without a crash plan of a test build, CRASH_AT does nothing', async () => {
  const worker = startWorker({ CRASH_AT: 'before-dedup:1' });
  await until(() => ready(worker));
  const id = await donate();
  await until(async () => (await outcomesOf(id)).length === 1);
  expect(await worker.end('SIGTERM')).toBe(0);
}, 180_000);

test('a worker that cannot be right says all that is wrong, and ends', async () => {
  const worker = startWorker({ KAFKA_BROKERS: '', REDIS_URL: 'http://x' }, ['nobody']);
  expect(await worker.ended).toBe(78);
  for (const fault of ['KAFKA_BROKERS', 'REDIS_URL', 'name the consumer groups'])
    expect(worker.errors()).toContain(fault);
});

test('events bear the trace of what caused them', async () => {
  const worker = startWorker();
  const id = freshId();
  const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
  const payload = exampleDonation({ donate_id: id });
  const record = encodeEvent({ id, name: 'AddNewDonate', payload, source: 'test', time: new Date(), traceparent });
  await producer.send([record]);
  const outcome = await until(async () =>
    (await kafka.read('donations')).find((one) => one.key === payload.owner_id && one.headers[header.id] !== id),
  );
  expect(outcome.headers[header.traceparent]).toBe(traceparent);
  expect(await worker.end('SIGTERM')).toBe(0);
}, 180_000);
