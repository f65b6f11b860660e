import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Transaction } from '../../../shared/database.ts';
import { freshId } from '../../../shared/ids.ts';
import { countedDatabase, untilWaiting } from '../../../shared/testing/locks.ts';
import { openTestLedger, type TestLedger } from '../testing/ledger.ts';
import { lockAccounts } from './accounts.ts';

let ledger: TestLedger;
beforeAll(async () => {
  ledger = await openTestLedger();
});
afterAll(() => ledger.close());

test('an account that was missing and is opened meanwhile is not waited for with locks on later ones in hand', async () => {
  const [early, late] = [freshId(), freshId()].sort() as [string, string];
  const both = [early, late];
  const { transaction, runs } = countedDatabase(ledger.database);
  const lock = (openable: readonly string[], through = (tx: Transaction) => tx) =>
    transaction((tx) => lockAccounts(through(tx), both, new Map(openable.map((id) => [id, 'USD']))));
  let other: Promise<unknown> | undefined;
  /** Holds `late`, and looks at its accounts only once the other has opened `early` and waits for `late`. */
  const meetingTheOther = (tx: Transaction): Transaction => ({
    change: (sql, parameters) => tx.change(sql, parameters),
    async select(sql, parameters) {
      if (sql.includes('balance') && sql.endsWith('FOR UPDATE')) {
        other ??= lock(both);
        await untilWaiting(ledger.database);
      }
      return tx.select(sql, parameters);
    },
  });
  await lock([late], meetingTheOther);
  await other;
  expect(runs()).toBe(2);
});
