import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { brief } from '../chaos/faults/brief.ts';
import { run } from '../chaos/run.ts';
import { type Product, startProduct } from './support/product.ts';

/** The short form of the fault suite (`npm run chaos`): signals only, on the servers that the other tests use. */
let product: Product;
const lines: string[] = [];

beforeAll(async () => {
  product = await startProduct({
    counts: { 'transfer-money': 2, 'ws-gateway': 2 },
    env: { ROSTRA_TEST_BUILD: '1' },
    onLine: (line) => void lines.push(line),
  });
}, 180_000);
afterAll(() => product?.stop(), 60_000);

const SEED = 20_261_121;

test('killing, suspending and crashing every process under load loses and doubles nothing, I1 to I12', async () => {
  const ground = { product, countLines: (text: string) => lines.filter((line) => line.includes(text)).length };
  const { outcomes, grown } = await run(ground, {
    faults: [brief],
    load: {
      seed: SEED,
      rooms: 4,
      donors: 8,
      viewersPerRoom: 3,
      perSecond: 60,
      startBalance: 15_000n,
      historyFile: null,
    },
    ...{ ms: 0, stopsAtViolation: true, signal: new AbortController().signal, say: () => undefined },
  });
  const [outcome] = outcomes;
  expect(outcome?.violations).toEqual([]);
  expect(grown).toEqual([]);
  expect(outcome?.kills).toBeGreaterThan(product.fleet.processes.length);
  expect(outcome?.donations).toBeGreaterThan(500);
  const states = await product.ledger.select("SELECT state FROM transfers WHERE kind = 'donation' GROUP BY state");
  expect(states).toHaveLength(2); // some bounced, or I5 would have been easy
}, 240_000);
