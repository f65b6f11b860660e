import { type ChildProcess, spawn } from 'node:child_process';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { encodeEvent } from '../shared/event.ts';
import { freshId } from '../shared/ids.ts';
import { testNamespace } from '../shared/testing/environment.ts';
import { exampleDonation } from '../shared/testing/examples.ts';
import { type TestKafka, testKafka } from '../shared/testing/kafka.ts';
import { codeIn } from './support/documented-code.ts';
import { until } from './support/until.ts';

/** docs/analytics-group.md as it stands there: its file, its commands, and the broker's address out of the note. */
const root = resolve(import.meta.dirname, '..');
let kafka: TestKafka;
let folder: string;
let running: ChildProcess | undefined;

beforeAll(async () => {
  kafka = await testKafka(testNamespace());
  folder = await mkdtemp(join(tmpdir(), 'rostra-analytics-'));
}, 180_000);
afterAll(async () => {
  if (running?.pid && running.exitCode === null) process.kill(-running.pid, 'SIGTERM');
  await kafka?.remove();
  if (folder) await rm(folder, { recursive: true });
}, 180_000);

/** The repository as the page wants it, without writing into the real one. */
async function prepare(code: string): Promise<void> {
  await Promise.all(['scripts', '.stack/dev'].map((path) => mkdir(join(folder, path), { recursive: true })));
  await Promise.all(['shared', 'node_modules'].map((path) => symlink(join(root, path), join(folder, path))));
  const note = JSON.stringify({ variables: { KAFKA_BROKERS: kafka.brokers.join(',') } });
  await writeFile(join(folder, '.stack/dev/running.json'), note);
  await writeFile(join(folder, 'package.json'), '{"type":"module"}');
  await writeFile(join(folder, 'scripts/analytics.ts'), code);
}

test('the documented analytics group prints the donations from the beginning, each with its sum', async () => {
  const [[code = ''], [commands = '']] = await Promise.all([
    codeIn('analytics-group.md', 'ts'),
    codeIn('analytics-group.md', 'sh'),
  ]);
  await prepare(code);
  const { owner_vouched: _vouched, ...donate } = exampleDonation();
  const account = (uuid: string) => ({ account: uuid, balance: '1.00', currency: 'USD', version: 1 });
  const now = new Date();
  const payload = {
    donate,
    donor: account(donate.from.uuid),
    owner: account(donate.owner_id),
    settled_at: now.toISOString(),
  };
  const producer = await kafka.kafka.producer();
  await producer.send([encodeEvent({ id: freshId(), name: 'ReceiveMoney', payload, source: '/test', time: now })]);
  await producer.close();

  const env = { PATH: process.env['PATH'], NAMESPACE: kafka.namespace };
  running = spawn('bash', ['-ec', commands], { cwd: folder, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  let printed = '';
  for (const stream of [running.stdout, running.stderr])
    stream?.on('data', (chunk: Buffer) => (printed += String(chunk)));
  await until('a line of the donation', () => printed.includes(donate.donate_id) || running?.exitCode !== null, 30_000);
  const line = printed.split('\n').find((one) => one.includes(donate.donate_id));
  expect(line ?? printed).toContain('"sum":"15.50"');
}, 180_000);
