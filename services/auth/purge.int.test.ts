import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { freshId } from '../../shared/ids.ts';
import { purge } from './jobs.ts';
import { insertState } from './tables/oauth-states.ts';
import { insertRefreshToken } from './tables/refresh-tokens.ts';
import { insertReset, putMail } from './tables/resets.ts';
import { insertSession, markEnded } from './tables/sessions.ts';
import { openTestAuth, type TestAuth } from './testing/auth.ts';
import { purgeWaysIn } from './ways-in.ts';

/** What is removed by itself, in batches that are smaller than what has come. */

const TABLES = ['oauth_states', 'password_resets', 'reset_mails', 'refresh_tokens', 'sessions'];
const DAY_MS = 86_400_000;
const ROWS = 23;

let auth: TestAuth;
beforeAll(async () => {
  auth = await openTestAuth();
});
afterAll(() => auth?.close());
beforeEach(async () => {
  for (const table of TABLES) await auth.database.change(`DELETE FROM ${table}`);
});

const count = async (table: string) => (await auth.database.select(`SELECT 1 FROM ${table}`)).length;
const counts = async () => Promise.all(TABLES.map(count));

/** A row in each table, which ran out, or ended, so long ago; two sessions, of which one was ended. */
async function insertEach(agoMs: number): Promise<void> {
  const { database: tx } = auth;
  const at = new Date(auth.options.clock.now().getTime() - agoMs);
  const state = { provider: 'mock', nonce: 'n', redirectUri: 'https://live.example.com', challenge: 'c' };
  await insertState(tx, freshId(), { ...state, expiresAt: at });
  await insertReset(tx, freshId(), freshId(), at);
  await putMail(tx, freshId(), { id: freshId(), issuedAt: at });
  await insertRefreshToken(tx, { hash: Buffer.from(freshId().slice(-32)), sessionId: freshId(), expiresAt: at });
  const [ended, unused] = [freshId(), freshId()];
  const session = { accountId: freshId(), by: 'password', userAgent: '', createdAt: at, expiresAt: at };
  for (const id of [ended, unused]) await insertSession(tx, { ...session, id });
  await markEnded(tx, [ended], 'logout', at);
}

async function purgeAll(limits: { rows: number; batches: number }): Promise<void> {
  await purge(auth.database, auth.options.clock.now(), limits);
  await purgeWaysIn(auth.options, limits);
}

test('more than a batch of anything is gone after one round, and what still holds is not', async () => {
  for (let row = 0; row < ROWS; row++) await insertEach(31 * DAY_MS);
  await insertEach(-DAY_MS);
  expect(await counts()).toEqual([ROWS + 1, ROWS + 1, ROWS + 1, ROWS + 1, 2 * ROWS + 2]);
  await purgeAll({ rows: 5, batches: 200 });
  expect(await counts()).toEqual([1, 1, 1, 1, 2]);
});

test('one round removes so many batches at most, of each', async () => {
  for (let row = 0; row < ROWS; row++) await insertEach(31 * DAY_MS);
  await purgeAll({ rows: 5, batches: 2 });
  expect(await counts()).toEqual([ROWS - 10, ROWS - 10, ROWS - 10, ROWS - 10, 2 * ROWS - 20]);
});

test('a mail is counted for an hour', async () => {
  await insertEach(59 * 60_000);
  await insertEach(61 * 60_000);
  await purgeWaysIn(auth.options);
  expect([await count('oauth_states'), await count('password_resets'), await count('reset_mails')]).toEqual([0, 0, 1]);
});
