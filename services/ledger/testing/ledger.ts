import { systemClock } from '../../../shared/clock.ts';
import { type Database, errorNumber, isOutOfReach, openDatabase } from '../../../shared/database.ts';
import type { Payload } from '../../../shared/events/catalogue.ts';
import { freshId, uuidToBytes } from '../../../shared/ids.ts';
import { PATIENT, testDatabase } from '../../../shared/testing/database.ts';
import { testLog } from '../../../shared/testing/environment.ts';
import { type Given, type Harness, startHarness } from '../../../shared/testing/harness.ts';
import { houseAccount } from '../account.ts';
import { markAccount } from '../listeners/mark-account.ts';
import { transferMoney } from '../listeners/transfer-money.ts';
import { type LedgerQuestions, ledgerQuestions } from '../service.ts';

const CONNECTIONS = 16;
const DEADLOCK = 1213;
const LOCK_WAIT = 1205;

/** A ledger on a real database, with as many connections as a busy one has. */
export interface TestLedger {
  readonly database: Database;
  readonly questions: LedgerQuestions;
  /** A member of the group transfer-money; each handles one batch at a time. */
  worker(): Promise<Harness>;
  /** A new person with an account that holds this sum. */
  funded(sum: string): Promise<string>;
  balanceOf(person: string): Promise<string>;
  deadlocks(): number;
  /** Transactions ended by a lock wait or a lost connection. */
  brokenOff(): number;
  /** How often a commit was announced to the relay. */
  commits(): number;
  close(): Promise<void>;
}

export async function openTestLedger(): Promise<TestLedger> {
  const on = await testDatabase('ledger');
  const pool = openDatabase(on.url, CONNECTIONS, PATIENT);
  const counted = countDeadlocks(pool);
  const workers: Harness[] = [];
  const worker = async () => {
    const started = await startHarness({ ...on, database: counted.database }, [
      transferMoney,
      ...Object.values(markAccount),
    ]);
    workers.push(started);
    return started;
  };
  let commits = 0;
  const questions = ledgerQuestions({
    database: counted.database,
    replica: counted.database,
    redis: (await worker()).redis,
    namespace: on.namespace,
    currency: 'USD',
    clock: systemClock,
    log: testLog,
    committed: () => void commits++,
  });
  return {
    database: on.database,
    questions,
    worker,
    async funded(sum) {
      const account = freshId();
      await questions.deposit({ transfer_id: freshId(), account, sum, fingerprint: 'f' });
      return account;
    },
    balanceOf: async (subject) => (await questions.account({ subject })).balance,
    deadlocks: counted.deadlocks,
    brokenOff: counted.brokenOff,
    commits: () => commits,
    async close() {
      for (const each of workers) await each.close();
      await pool.close();
      await on.drop();
    },
  };
}

/**
 * Counts deadlocks, and apart from them the transactions that a slow machine broke off: who waits for a row whose insert
 * is rolled back is left with its gap, and two of those may then deadlock whatever the order of locks.
 */
function countDeadlocks(database: Database) {
  let deadlocks = 0;
  let brokenOff = 0;
  const counting: Database = {
    ...database,
    transaction: (work) =>
      database.transaction(async (tx) => {
        try {
          return await work(tx);
        } catch (error) {
          if (errorNumber(error) === DEADLOCK) deadlocks++;
          else if (errorNumber(error) === LOCK_WAIT || isOutOfReach(error)) brokenOff++;
          throw error;
        }
      }),
  };
  return { database: counting, deadlocks: () => deadlocks, brokenOff: () => brokenOff };
}

/** AddNewDonate as the ingress publishes it. */
export function donation(
  donor: string,
  owner: string,
  sum: string,
  more: Partial<Payload<'AddNewDonate'>> & { fingerprint?: string } = {},
): Given {
  const { fingerprint = 'f', ...fields } = more;
  const payload = {
    donate_id: freshId(),
    owner_id: owner,
    from: { uuid: donor, type: 'client' as const, name: 'Ann' },
    sum,
    currency: 'USD',
    created_at: '2026-01-01T00:00:00.000Z',
    owner_vouched: true,
    ...fields,
  };
  return { name: 'AddNewDonate', id: payload.donate_id, payload, fingerprint };
}

/** What a sound ledger shows at every instant: all zero. */
export const sound = { posted: 0, unbacked: 0, wrong: 0, torn: 0 };

/**
 * One statement, so one snapshot: the sum of all postings, balances that no outside money backs (minor units), accounts
 * whose balance is not the sum of their postings, and transfers without exactly two postings (none where rejected).
 */
export async function inspect(database: Database): Promise<typeof sound> {
  const [row] = await database.select<Record<keyof typeof sound, string>>(
    `SELECT
      (SELECT COALESCE(SUM(amount), 0) FROM postings) AS posted,
      (SELECT COALESCE(SUM(balance), 0) FROM accounts)
        + (SELECT COALESCE(SUM(amount), 0) FROM postings WHERE account_id = ?) AS unbacked,
      (SELECT COUNT(*) FROM accounts a
        LEFT JOIN (SELECT account_id, SUM(amount) AS amount FROM postings GROUP BY account_id) p ON p.account_id = a.id
        WHERE a.balance <> COALESCE(p.amount, 0)) AS wrong,
      (SELECT COUNT(*) FROM transfers t
        LEFT JOIN (SELECT transfer_id, COUNT(*) AS number FROM postings GROUP BY transfer_id) p ON p.transfer_id = t.id
        WHERE COALESCE(p.number, 0) <> IF(t.state = 'settled', 2, 0)) AS torn`,
    [uuidToBytes(houseAccount('USD'))],
  );
  const { posted, unbacked, wrong, torn } = row ?? {};
  return { posted: Number(posted), unbacked: Number(unbacked), wrong: Number(wrong), torn: Number(torn) };
}
