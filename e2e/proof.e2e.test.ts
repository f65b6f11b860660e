import { spawn } from 'node:child_process';
import { resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { uuidToBytes } from '../shared/ids.ts';
import { type Product, startProduct } from './support/product.ts';
import type { Visitor } from './support/visitor.ts';

/** `npm run proof` beside the whole product, as an operator runs it. */
let product: Product;
let owner: Visitor;
let viewer: Visitor;

beforeAll(async () => {
  product = await startProduct();
  owner = product.visitor({ type: 'user', name: 'Ada' });
  viewer = product.visitor({ owner: owner.sub, name: 'Finn' });
  await product.deposit(viewer, '50.00');
}, 180_000);
afterAll(() => product?.stop(), 60_000);

async function prove(...options: string[]): Promise<{ code: number | null; output: string }> {
  const script = resolve(import.meta.dirname, '../scripts/proof.ts');
  const flags = ['--disable-warning=ExperimentalWarning', '--disable-warning=TimeoutNegativeWarning'];
  const child = spawn(process.execPath, [...flags, script, '--older-than', '0', ...options], {
    env: {
      PATH: process.env['PATH'],
      KAFKA_BROKERS: process.env['KAFKA_BROKERS'],
      NAMESPACE: product.namespace,
      KAFKAJS_NO_PARTITIONER_WARNING: '1',
      ...product.fleet.addresses,
    },
  });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const code = await new Promise<number | null>((end) => child.once('close', end));
  return { code, output };
}

const donate = async (sum: string) => (await viewer.post('/chat/donate/add', { sum })).status;

test('after donations that settled, one that bounced and one that went back all holds, and the figures are told', async () => {
  const socket = await viewer.join(owner.sub);
  await owner.post('/chat/goal/add', { name: 'Lamp', require_sum: '5.00' });
  for (const sum of ['3.00', '4.50', '0.01']) expect(await donate(sum)).toBe(201);
  const { body } = await viewer.post('/chat/donate/add', { sum: '2.00' });
  await socket.next((frame) => frame['id'] === body['id']);
  const operator = product.visitor({ scope: 'money:refund' });
  expect((await operator.post('/account/refund', { donate_id: body['id'] })).status).toBe(200);
  expect(await donate('900.00')).toBe(201);
  await socket.next((frame) => frame.type === 'donate_rejected');
  const { code, output } = await prove();
  expect(output).toContain('All holds.');
  expect(output).toMatch(/ok +settled donations: ledger = rooms +USD +4: 9\.51 +4: 9\.51/);
  expect(output).toMatch(/ok +refunds: ledger = rooms +USD +1: 2\.00 +1: 2\.00/);
  expect(output).toMatch(/ok +rejected donations: ledger = rooms +USD +1: 900\.00 +1: 900\.00/);
  expect(code).toBe(0);
  const { output: json } = await prove('--json');
  expect(JSON.parse(json)).toMatchObject({ verdict: 'proven', ledger: { faults: [] }, rooms: { faults: [] } });
}, 180_000);

test('one cent too much on one account is found, with the account', async () => {
  const cent = (sign: '+' | '-') =>
    product.ledger.change(`UPDATE accounts SET balance = balance ${sign} 1 WHERE id = ?`, [uuidToBytes(viewer.sub)]);
  await cent('+');
  const { code, output } = await prove();
  await cent('-');
  expect(output).toContain(viewer.sub);
  expect(output).toContain('DOES NOT HOLD');
  expect(code).toBe(1);
}, 180_000);

test('while donations wait for their money nothing is said, and once they have it all holds again', async () => {
  const [daemon] = product.fleet.processes.filter(({ name }) => name === 'transfer-money');
  await daemon?.stop();
  expect(await donate('1.00')).toBe(201);
  const waiting = await prove('--wait', '1');
  expect(waiting.output).toMatch(/transfer-money has \d+ records/);
  expect(waiting.code).toBe(2);
  daemon?.start();
  const { code, output } = await prove('--wait', '30');
  expect(output).toContain('All holds.');
  expect(code).toBe(0);
}, 180_000);
