import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { randomBytes } from 'node:crypto';
import { createInterface } from 'node:readline';
import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { Redis } from 'ioredis';
import { Kafka, logLevel } from 'kafkajs';
import { createConnection, type RowDataPacket } from 'mysql2/promise';
import { createTopic } from '../topics.ts';
import { startStack, type Stack } from './stack.ts';

jest.setTimeout(120_000);

const root = resolve(import.meta.dirname, '../..');
const directory = () => `${root}/.stack/test-${randomBytes(6).toString('hex')}`;
let stack: Stack;

beforeAll(async () => {
  stack = await startStack({ directory: directory(), given: {} });
});

afterAll(async () => {
  const pids = (['kafka', 'mysql', 'replica', 'redis'] as const).map((name) => stack.part(name).pid);
  await stack.stop({ discard: true });
  for (const pid of pids) expect(() => process.kill(pid, 0)).toThrow('ESRCH');
});

test('MySQL keeps what was committed when it is killed, and its replica follows again', async () => {
  await query(stack.env.DATABASE_URL, 'CREATE DATABASE kept', 'CREATE TABLE kept.rows_ (id INT PRIMARY KEY)');
  await query(stack.env.DATABASE_URL, 'INSERT INTO kept.rows_ VALUES (1)');
  await killAndStart('mysql');
  await killAndStart('replica');
  await query(stack.env.DATABASE_URL, 'INSERT INTO kept.rows_ VALUES (2)');
  const [gtid] = await query(stack.env.DATABASE_URL, 'SELECT @@GLOBAL.gtid_binlog_pos AS position');
  const replica = stack.env.DATABASE_REPLICA_URL ?? '';
  const [late] = await query(replica, `SELECT MASTER_GTID_WAIT('${String(gtid?.position)}', 30) AS late`);
  expect(late?.late).toBe(0);
  expect(await query(replica, 'SELECT id FROM kept.rows_ ORDER BY id')).toEqual([{ id: 1 }, { id: 2 }]);
});

test('MySQL is durable at each commit and takes 500 connections', async () => {
  const [settings] = await query(
    stack.env.DATABASE_URL,
    'SELECT @@innodb_flush_log_at_trx_commit AS flush, @@sync_binlog AS binlog, @@max_connections AS connections',
  );
  expect(settings).toEqual({ flush: 1, binlog: 1, connections: 500 });
});

test('Redis keeps what was written when it is killed', async () => {
  await withRedis((redis) => redis.set('kept', 'yes'));
  await killAndStart('redis');
  expect(await withRedis((redis) => redis.get('kept'))).toBe('yes');
});

test('a server that dies by itself is started again and said so, one that is stopped is not', async () => {
  const said: string[] = [];
  const place = directory();
  const kept = await startStack({ directory: place, given: { KAFKA_BROKERS: 'elsewhere', DATABASE_URL: 'elsewhere' } });
  try {
    kept.keepUp((line) => said.push(line));
    for (const times of [1, 2]) {
      process.kill(kept.part('redis').pid, 'SIGKILL');
      while (said.length < 2 * times) await sleep(20);
    }
  } finally {
    await kept.stop({ discard: true });
  }
  const each = ['redis ended unexpectedly (SIGKILL); it is started again', 'redis is back'];
  expect(said).toEqual([...each, ...each]);
});

test('Kafka keeps what was acknowledged when it is killed', async () => {
  const kafka = new Kafka({ brokers: [stack.env.KAFKA_BROKERS], logLevel: logLevel.NOTHING });
  const admin = kafka.admin();
  await admin.connect();
  await createTopic(admin, { topic: 'kept', numPartitions: 1 });
  const producer = kafka.producer();
  await producer.connect();
  await producer.send({ topic: 'kept', acks: -1, messages: [{ value: 'yes' }] });
  await killAndStart('kafka');
  await producer.send({ topic: 'kept', acks: -1, messages: [{ value: 'again' }] });
  expect((await admin.fetchTopicOffsets('kept'))[0]?.high).toBe('2');
  await producer.disconnect();
  await admin.disconnect();
});

test('a run that was killed leaves no server running, and the next one in its directory finds its data', async () => {
  const place = directory();
  const script = `import { startStack } from ${JSON.stringify(`${root}/scripts/stack/stack.ts`)};
    const stack = await startStack({ directory: ${JSON.stringify(place)}, given: {} });
    console.log(JSON.stringify({ url: stack.env.DATABASE_URL, pid: stack.part('mysql').pid }));`;
  const child = spawn(process.execPath, ['--input-type=module-typescript', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const { url, pid } = await firstLine(child);
  await query(url, 'CREATE DATABASE kept');
  child.kill('SIGKILL');
  await once(child, 'exit');
  const next = await startStack({ directory: place, given: {} });
  try {
    await goneWithin(pid, 10_000);
    expect(await query(next.env.DATABASE_URL, "SHOW DATABASES LIKE 'kept'")).toHaveLength(1);
  } finally {
    await next.stop({ discard: true });
  }
});

test('a server whose address is given is not started', async () => {
  const given = { KAFKA_BROKERS: 'elsewhere:1', DATABASE_URL: 'mysql://elsewhere', REDIS_URL: 'redis://elsewhere' };
  const own = await startStack({ directory: directory(), given });
  expect(own.env).toEqual(given);
  expect(() => own.part('mysql')).toThrow('not started');
  await own.stop({ discard: true });
});

async function killAndStart(name: 'kafka' | 'mysql' | 'replica' | 'redis'): Promise<void> {
  const part = stack.part(name);
  const before = part.pid;
  await part.kill('SIGKILL');
  expect(part.pid).toBe(0);
  await part.start();
  expect(part.pid).not.toBe(before);
}

/** An orphan that has ended keeps its pid until whoever adopted it looks after it. */
async function goneWithin(pid: number, ms: number): Promise<void> {
  for (const deadline = Date.now() + ms; Date.now() < deadline; await sleep(25)) {
    try {
      process.kill(pid, 0);
    } catch (error) {
      expect(String(error)).toContain('ESRCH');
      return;
    }
  }
  throw new Error(`pid ${pid} is still there after ${ms} ms`);
}

async function query(url: string, ...statements: string[]): Promise<RowDataPacket[]> {
  const connection = await createConnection({ uri: url });
  try {
    let rows: RowDataPacket[] = [];
    for (const statement of statements) [rows] = await connection.query<RowDataPacket[]>(statement);
    return rows;
  } finally {
    connection.destroy();
  }
}

async function withRedis<T>(work: (redis: Redis) => Promise<T>): Promise<T> {
  const redis = new Redis(stack.env.REDIS_URL);
  try {
    return await work(redis);
  } finally {
    redis.disconnect();
  }
}

async function firstLine(child: ChildProcess): Promise<{ url: string; pid: number }> {
  if (!child.stdout) throw new Error('no output to read');
  const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
  return JSON.parse(line) as { url: string; pid: number };
}
