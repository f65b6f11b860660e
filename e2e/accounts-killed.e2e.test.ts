import { randomInt } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { freshId } from '../shared/ids.ts';
import { askToRegister, PASSWORD, phoneNumber, sessionOf } from './support/people.ts';
import { type Product, startProduct } from './support/product.ts';
import { until } from './support/until.ts';

/**
 * Registrations while whoever takes part in them is killed again and again. `REGISTRATIONS=1000 npm test --
 * e2e/accounts-killed` is the long form.
 */
const REGISTRATIONS = Number(process.env['REGISTRATIONS'] ?? 80);
const AT_ONCE = 8;
const KILL_EVERY_MS = 1_200;
const VICTIMS = ['people', 'auth', 'profiles', 'friends'];
const TRIES = 300;

let product: Product;
beforeAll(async () => {
  product = await startProduct({ hasPeople: true });
}, 180_000);
afterAll(() => product?.stop(), 60_000);

interface Made {
  readonly uuid: string;
  readonly visitor: ReturnType<typeof sessionOf>['visitor'];
}

/** As a client does that wants an account: the same key until there is an answer that says something. */
async function insist(at: number): Promise<Made> {
  const key = { 'idempotency-key': freshId() };
  for (let tries = 0; tries < TRIES; tries++) {
    const body = { phone: phoneNumber(at), password: PASSWORD, nickname: `Person ${at}` };
    const answer = await askToRegister(product, body, key).catch(() => null);
    if (answer?.status === 201) return sessionOf(product, answer);
    if (answer && answer.status !== 503) throw new Error(`${answer.status} ${JSON.stringify(answer.body)}`);
    await pause(200);
  }
  throw new Error(`person ${at} was not registered in ${TRIES} tries`);
}

test('each who was answered 201 has one account, profile and friend list, whatever was killed', async () => {
  const victims = product.fleet.processes.filter(({ name }) => VICTIMS.includes(name));
  let isOver = false;
  let kills = 0;
  const killing = (async () => {
    while (!isOver) {
      await pause(KILL_EVERY_MS);
      await victims[randomInt(victims.length)]?.kill('SIGKILL');
      kills++;
    }
  })();
  const made: Made[] = [];
  let next = 0;
  try {
    const work = async () => {
      for (let at = next++; at < REGISTRATIONS; at = next++) made.push(await insist(at));
    };
    await Promise.all(Array.from({ length: AT_ONCE }, work));
  } finally {
    isOver = true;
    await killing;
  }
  process.stderr.write(`${made.length} registrations, ${kills} kills\n`);
  expect(new Set(made.map(({ uuid }) => uuid)).size).toBe(REGISTRATIONS);

  const seeker = made[0]?.visitor;
  await until('whoever was killed last is back', async () => (await seeker?.get('/profile'))?.status !== 503);
  await until(
    'all have their profile and friend list',
    async () => {
      const [profiles, friends] = await Promise.all([count('profiles', 'profiles'), count('friends', 'people')]);
      return profiles === REGISTRATIONS && friends === REGISTRATIONS;
    },
    60_000,
  );
  expect(await count('auth', 'accounts')).toBe(REGISTRATIONS);
  for (const { uuid, visitor } of made) {
    // Their own token may have ended meanwhile, in the long form.
    const profile = await seeker?.get(`/profile/${uuid}`);
    if (profile?.status !== 401) expect(profile).toMatchObject({ status: 200, body: { uuid } });
    const account = await visitor.get('/account');
    if (account.status !== 401) expect(account.body).toMatchObject({ balance: '0.00' });
  }
}, 900_000);

async function count(context: string, table: string): Promise<number> {
  const name = new URL(product.databases[context]?.url ?? '').pathname.slice(1);
  const [row] = await product.admin.select<{ rows_in_all: number }>(
    `SELECT COUNT(*) AS rows_in_all FROM ${name}.${table}`,
  );
  return Number(row?.rows_in_all);
}
