import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Transaction } from '../../../shared/database.ts';
import { freshId } from '../../../shared/ids.ts';
import { countedDatabase, untilWaiting } from '../../../shared/testing/locks.ts';
import { until } from '../../../shared/testing/until.ts';
import { openTestFriends, type TestFriends } from '../testing/friends.ts';
import { holdPeople, insertPeople } from './people.ts';

let friends: TestFriends;
beforeAll(async () => {
  friends = await openTestFriends();
});
afterAll(() => friends.close());

const sortedIds = () => [freshId(), freshId()].sort() as [string, string];
const named = (uuid: string) => ({ uuid, name: 'Ann' });

/** Goes on behind its first shared read only when `meet` has come true. */
function meetingAtFirstRead(tx: Transaction, meet: () => Promise<unknown>): Transaction {
  let reads = 0;
  return {
    change: (sql, parameters) => tx.change(sql, parameters),
    async select(sql, parameters) {
      const rows = await tx.select<never>(sql, parameters);
      if (sql.endsWith('LOCK IN SHARE MODE') && reads++ === 0) await meet();
      return rows;
    },
  };
}

test('two who were never heard of and ask each other do not wait for each other', async () => {
  const [early, late] = sortedIds();
  const { transaction: run, runs } = countedDatabase(friends.database);
  let inserted = 0;
  const insertingTogether = (tx: Transaction): Transaction => ({
    select: (sql, parameters) => tx.select(sql, parameters),
    async change(sql, parameters) {
      const changed = await tx.change(sql, parameters);
      inserted += 1;
      await until(() => inserted >= 2);
      return changed;
    },
  });
  let other: Promise<unknown> | undefined;
  const meetTheOther = () => {
    other ??= run((tx) => holdPeople(insertingTogether(tx), named(early), late));
    return until(() => inserted >= 1);
  };
  const held = await run((tx) =>
    holdPeople(meetingAtFirstRead(insertingTogether(tx), meetTheOther), named(late), early),
  );
  await other;
  expect([...held.keys()]).toEqual([late]);
  expect(runs()).toBe(2);
});

test('a caller without a row, who is inserted by somebody else meanwhile, is not waited for with a later one in hand', async () => {
  const [early, late] = sortedIds();
  await friends.database.transaction((tx) => insertPeople(tx, [named(late)]));
  const { transaction: run, runs } = countedDatabase(friends.database);
  let other: Promise<unknown> | undefined;
  const meetTheOther = () => {
    other ??= run((tx) => insertPeople(tx, [named(early), named(late)]));
    return untilWaiting(friends.database);
  };
  const held = await run((tx) => holdPeople(meetingAtFirstRead(tx, meetTheOther), named(early), late));
  await other;
  expect([...held.keys()]).toEqual([early, late]);
  expect(runs()).toBe(2);
});
