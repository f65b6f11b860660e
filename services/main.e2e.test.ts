import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { resolve } from 'node:path';
import type { Readable } from 'node:stream';
import { header } from '../shared/event.ts';
import { freshId } from '../shared/ids.ts';
import { rpcClient } from '../shared/rpc.ts';
import { testDatabase, type TestDatabase } from '../shared/testing/database.ts';
import { fromStack } from '../shared/testing/environment.ts';
import { testKafka, type TestKafka } from '../shared/testing/kafka.ts';
import { until } from '../shared/testing/until.ts';
import { type LedgerQuestions, ledgerProto } from './ledger/service.ts';

let on: TestDatabase;
let kafka: TestKafka;
beforeAll(async () => {
  on = await testDatabase('ledger');
  kafka = await testKafka(on.namespace);
});
afterAll(async () => {
  for (const child of children) child.kill('SIGKILL');
  await kafka.remove();
  await on.drop();
});

type Child = ChildProcessByStdio<null, Readable, Readable>;
const children: Child[] = [];

function start(names: readonly string[], variables: Record<string, string>): Child {
  const main = resolve(import.meta.dirname, 'main.ts');
  const flags = ['--disable-warning=ExperimentalWarning', '--disable-warning=TimeoutNegativeWarning'];
  const child = spawn(process.execPath, [...flags, main, ...names], {
    env: { PATH: process.env['PATH'], ...variables },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  children.push(child);
  return child;
}

/** A host of the ledger, with its client, once it says that it answers. */
async function hostLedger(variables: Record<string, string> = {}) {
  const child = start(['ledger'], {
    DATABASE_URL_LEDGER: on.url,
    REDIS_URL: fromStack('REDIS_URL'),
    KAFKA_BROKERS: fromStack('KAFKA_BROKERS'),
    NAMESPACE: on.namespace,
    SERVICES_PORT: '0',
    ...variables,
  });
  const errors = textOf(child.stderr);
  const ports: Record<string, number> = {};
  createInterface(child.stdout).on('line', (line) => {
    const { msg, port } = JSON.parse(line) as { msg: string; port?: number };
    if (port) ports[msg] = port;
  });
  const calls = await until(() => ports['answering'], { describe: () => [errors(), child.exitCode] });
  const questions = rpcClient<LedgerQuestions>(ledgerProto, `127.0.0.1:${calls}`);
  return { child, questions, errors, operations: `http://127.0.0.1:${ports['metrics and health']}` };
}

function textOf(stream: Readable): () => string {
  const chunks: string[] = [];
  stream.on('data', (chunk: Buffer) => chunks.push(chunk.toString()));
  return () => chunks.join('');
}

test('a deposit at any host is booked, announced on Kafka once, and every host ends in order', async () => {
  const [one, other] = [await hostLedger(), await hostLedger()];
  expect((await fetch(`${one.operations}/readyz`)).status).toBe(200);
  const account = freshId();
  const request = { transfer_id: freshId(), account, sum: '5.00', fingerprint: 'f' };
  expect(await one.questions.deposit(request)).toMatchObject({ balance: '5.00', repeated: false });
  expect(await other.questions.deposit(request)).toMatchObject({ balance: '5.00', repeated: true });
  // Only one of the two relays; which one is not known, so each of them has something to tell.
  await other.questions.deposit({ ...request, transfer_id: freshId() });
  const overdraw = { ...request, transfer_id: freshId(), sum: '10.01' };
  await expect(one.questions.payout(overdraw)).rejects.toMatchObject({ status: 402, message: 'insufficient balance' });

  const told = await until(async () => {
    const records = (await kafka.read('ledger')).filter(({ key }) => key === account);
    return records.length >= 2 && records;
  });
  expect(told.map(({ headers }) => headers[header.type])).toEqual(['MoneyDeposited', 'MoneyDeposited']);

  for (const { child, questions } of [one, other]) {
    questions.close();
    child.kill('SIGTERM');
    await until(() => child.exitCode !== null);
    expect(child.exitCode).toBe(0);
  }
});

test('a host killed between the broker’s acknowledgement and the deletion leaves the event, which goes out again', async () => {
  const account = freshId();
  const hurt = await hostLedger({ ROSTRA_TEST_BUILD: '1', CRASH_AT: 'relay-after-ack:1' });
  await hurt.questions.deposit({ transfer_id: freshId(), account, sum: '5.00', fingerprint: 'f' });
  await until(() => hurt.child.signalCode === 'SIGKILL');
  hurt.questions.close();
  await until(() => hurt.errors().includes('crash point relay-after-ack of ledger\n'));
  const told = async () => (await kafka.read('ledger')).filter(({ key }) => key === account);
  expect(await told()).toHaveLength(1);

  const survivor = await hostLedger();
  const records = await until(async () => {
    const all = await told();
    return all.length === 2 && all;
  });
  expect(new Set(records.map(({ headers }) => headers[header.id])).size).toBe(1);
  survivor.questions.close();
});

test('a host with an environment that cannot be right says everything that is wrong, and ends', async () => {
  const child = start(['ledger'], { CURRENCY: 'dollars' });
  const errors = textOf(child.stderr);
  await until(() => child.exitCode !== null);
  expect(child.exitCode).toBe(78);
  for (const name of ['DATABASE_URL_LEDGER', 'REDIS_URL', 'KAFKA_BROKERS', 'CURRENCY'])
    expect(errors()).toContain(name);
});

test.each([[[]], [['nothing']], [['ledger', 'ledger']]])(
  'a host of %p says which contexts there are, and ends',
  async (names) => {
    const child = start(names, {});
    const errors = textOf(child.stderr);
    await until(() => child.exitCode !== null);
    expect(child.exitCode).toBe(1);
    expect(errors()).toContain('ledger');
  },
);
