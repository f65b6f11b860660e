import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Transaction } from '../../../shared/database.ts';
import { freshId, uuidToBytes } from '../../../shared/ids.ts';
import { countedDatabase, untilWaiting } from '../../../shared/testing/locks.ts';
import { openTestFriends, relationsLeft, type Someone, type TestFriends } from '../testing/friends.ts';
import { endRelations, lockPair } from './pairs.ts';

let friends: TestFriends;
beforeAll(async () => {
  friends = await openTestFriends();
});
afterAll(() => friends.close());

const NOW = '2026-01-01 00:00:00.000';

/** In the order of their ids. */
async function people(number: number): Promise<Someone[]> {
  const made = await friends.people(...Array.from({ length: number }, (_, at) => `Person ${at}`));
  return made.sort((one, other) => (one.uuid < other.uuid ? -1 : 1));
}

/** Deletions, counted by their runs. */
function counted() {
  const { transaction, runs } = countedDatabase(friends.database);
  const end = ({ uuid }: Someone, through = (tx: Transaction) => tx) =>
    transaction((tx) => endRelations(through(tx), [uuid], new Date()));
  return { end, runs };
}

test('two friends who go at once do not wait for each other', async () => {
  const [low, high, third] = (await people(3)) as [Someone, Someone, Someone];
  for (const other of [high, third]) {
    await friends.questions.request(friends.between(low, other));
    await friends.questions.accept(friends.between(other, low));
  }
  const { end, runs } = counted();
  // Holds the first deletion up at its second row, until the other one waits for its first.
  const { ending } = await friends.database.transaction(async (tx) => {
    await lockPair(tx, [low.uuid, third.uuid], false, new Date());
    const first = end(low);
    await untilWaiting(friends.database);
    const ending = Promise.all([first, end(high)]);
    await untilWaiting(friends.database, 2);
    return { ending };
  });
  await ending;
  expect(runs()).toBe(2);
  for (const one of [low, high]) expect(await relationsLeft(friends.database, one)).toBe(0);
});

test('more relations than one statement takes end at once', async () => {
  const [gone, friend] = (await people(2)) as [Someone, Someone];
  const rows = Array.from({ length: 1_200 }, (_, at) => {
    const other = Buffer.concat([Buffer.alloc(12, at % 2 ? 0xff : 0), Buffer.from([0, 0, at >> 8, at & 0xff])]);
    return at % 2 ? [uuidToBytes(gone.uuid), other] : [other, uuidToBytes(gone.uuid)];
  });
  await friends.database.change('INSERT INTO friendships (low, high, state, changed_at) VALUES ?', [
    rows.map((row) => [...row, 'friends', NOW]),
  ]);
  await friends.database.change('INSERT INTO blocks (blocker, blocked, created_at) VALUES ?', [
    rows.map((row) => [...row, NOW]),
  ]);
  await friends.questions.request(friends.between(friend, gone));
  await counted().end(gone);
  expect(await relationsLeft(friends.database, gone)).toBe(0);
});

test('two who block each other and go at once do not wait for each other', async () => {
  const [one, other] = (await people(2)) as [Someone, Someone];
  await friends.questions.block(friends.between(one, other));
  await friends.questions.block(friends.between(other, one));
  // Blocks of others: on a table of two rows any statement would scan it all, and so in one order.
  const others = Array.from({ length: 1_000 }, () => [uuidToBytes(freshId()), uuidToBytes(freshId()), NOW]);
  await friends.database.change('INSERT INTO blocks (blocker, blocked, created_at) VALUES ?', [others]);
  await friends.database.select('ANALYZE TABLE blocks');
  const { end, runs } = counted();
  let ending: Promise<void> | undefined;
  await end(one, (tx) => ({
    ...tx,
    async change(sql, parameters) {
      const changed = await tx.change(sql, parameters);
      if (!ending && sql.startsWith('DELETE')) {
        ending = end(other);
        await untilWaiting(friends.database);
      }
      return changed;
    },
  }));
  await ending;
  expect(runs()).toBe(2);
  expect(await relationsLeft(friends.database, one)).toBe(0);
});
