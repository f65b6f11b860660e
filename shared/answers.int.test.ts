import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { type AnswerKey, answerOnce, createAnswersTable } from './answers.ts';
import type { Transaction } from './database.ts';
import { Refusal } from './endpoint.ts';
import { freshId } from './ids.ts';
import { scratchDatabase, type TestDatabase } from './testing/database.ts';

let on: TestDatabase;
beforeAll(async () => {
  on = await scratchDatabase(async (knex) => {
    await createAnswersTable(knex);
    await knex.schema.createTable('effects', (table) => void table.bigIncrements('id'));
  });
});
beforeEach(() => on.database.change('DELETE FROM effects'));
afterAll(() => on.drop());

const keyed = (more: Partial<AnswerKey> = {}): AnswerKey => ({
  id: freshId(),
  isKeyed: true,
  fingerprint: 'f',
  ...more,
});

/** A call that leaves one effect and answers how many there are now. */
function call(key: AnswerKey, after: (tx: Transaction) => Promise<void> = async () => undefined) {
  return on.database.transaction((tx) =>
    answerOnce(tx, key, async () => {
      await tx.change('INSERT INTO effects () VALUES ()');
      await after(tx);
      return { number: await count('effects', tx), text: 'Grüße 🎉' };
    }),
  );
}

async function count(table: 'effects' | 'answers', tx: Transaction = on.database): Promise<number> {
  const [row] = await tx.select<{ number: string }>(`SELECT COUNT(*) AS number FROM ${table}`);
  return Number(row?.number);
}

const refuse = () => Promise.reject(new Refusal(409, 'conflict'));

test('50 calls at once under one key have one effect, and all get its answer', async () => {
  const key = keyed();
  const answers = await Promise.all(Array.from({ length: 50 }, () => call(key)));
  expect(answers.filter(({ repeated }) => repeated)).toHaveLength(49);
  expect(answers.map(({ answer }) => answer)).toEqual(Array(50).fill({ number: 1, text: 'Grüße 🎉' }));
  expect(await count('effects')).toBe(1);
});

test('a repeat later gets the answer of its own time', async () => {
  const key = keyed();
  const first = await call(key);
  await call(keyed());
  expect(await call(key)).toEqual({ ...first, repeated: true });
});

test('another body under the key is refused, also while the first call still runs', async () => {
  const key = keyed();
  const calls = await Promise.allSettled([call(key), call({ ...key, fingerprint: 'other' })]);
  const refused = calls.filter(({ status }) => status === 'rejected');
  expect(refused).toMatchObject([{ reason: { status: 422, message: 'key reused' } }]);
  expect(await count('effects')).toBe(1);
});

test('under a key of yesterday the first body stands', async () => {
  const key = keyed();
  const first = await call(key);
  await on.database.change('UPDATE answers SET created_at = created_at - INTERVAL 25 HOUR');
  expect(await call({ ...key, fingerprint: 'other' })).toEqual({ ...first, repeated: true });
});

test('a refusal stores nothing, however many ask at once, and the key may be tried again', async () => {
  const key = keyed();
  const before = await count('answers');
  const refused = await Promise.allSettled(Array.from({ length: 50 }, () => call(key, refuse)));
  expect(refused.filter((one) => one.status === 'rejected' && one.reason instanceof Refusal)).toHaveLength(50);
  expect([await count('effects'), await count('answers')]).toEqual([0, before]);
  expect(await call(key)).toMatchObject({ repeated: false });
});

test('without a key every call has its effect, and nothing is stored', async () => {
  const before = await count('answers');
  const unkeyed = keyed({ id: '', isKeyed: false });
  const answers = [await call(unkeyed), await call(unkeyed)];
  expect(answers.map(({ answer, repeated }) => [answer.number, repeated])).toEqual([
    [1, false],
    [2, false],
  ]);
  expect(await count('answers')).toBe(before);
});
