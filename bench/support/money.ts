import { randomBytes } from 'node:crypto';
import { type Connection, createConnection } from 'mysql2/promise';
import { uuidToBytes } from '../../shared/ids.ts';
import { numberOf, withAdmin, withScratch } from './admin.ts';
import { chunks } from './chunks.ts';
import type { Namespace } from './namespace.ts';

/** Who gives to whom, and how often. */
export interface Donors {
  readonly viewers: readonly string[];
  readonly streamers: readonly string[];
}

/** What each viewer has before the first donation, in minor units: more than anybody gives. */
const FUND = 1_000_000;
const PRICE = 100;
const ROWS_AN_INSERT = 1_000;

/** The `at`-th donation: viewers and streamers in turn, in such a way that the pairs differ. */
export function pair({ viewers, streamers }: Donors, at: number): readonly [string, string] {
  const streamer = (at * 7 + Math.floor(at / streamers.length)) % streamers.length;
  return [viewers[at % viewers.length] ?? '', streamers[streamer] ?? ''];
}

/** Opens the viewers' accounts with money on them. */
export async function fund(namespace: Namespace, { viewers }: Donors): Promise<void> {
  await withAdmin(namespace, async (admin) => {
    for (const chunk of chunks(viewers, ROWS_AN_INSERT)) {
      const rows = chunk.map((id) => [uuidToBytes(id), 'USD', FUND]);
      await admin.query(`INSERT INTO ${namespace.database('ledger')}.accounts (id, currency, balance) VALUES ?`, [
        rows,
      ]);
    }
  });
}

/**
 * That no money appeared or vanished: every donation is settled once, its postings cancel out, and each account holds
 * what it was opened with and its postings, no more.
 * @throws with the first rule that is broken
 */
export async function assertMoney(namespace: Namespace, { viewers }: Donors, transfers: number): Promise<void> {
  const ledger = namespace.database('ledger');
  await withAdmin(namespace, async (admin) => {
    const expect = async (what: string, expected: number, sql: string) => {
      const actual = await numberOf(admin, sql);
      if (actual !== expected) throw new Error(`the money is wrong: ${what} is ${actual}, not ${expected}`);
    };
    const opened = `SELECT a.balance - COALESCE(SUM(p.amount), 0) AS opened FROM ${ledger}.accounts a
      LEFT JOIN ${ledger}.postings p ON p.account_id = a.id GROUP BY a.id, a.balance`;
    await expect('settled donations', transfers, `SELECT COUNT(*) FROM ${ledger}.transfers WHERE state = 'settled'`);
    await expect('postings', 2 * transfers, `SELECT COUNT(*) FROM ${ledger}.postings`);
    await expect('sum of postings', 0, `SELECT SUM(amount) FROM ${ledger}.postings`);
    await expect('sum of balances', viewers.length * FUND, `SELECT SUM(balance) FROM ${ledger}.accounts`);
    await expect('accounts off', 0, `SELECT COUNT(*) FROM (${opened}) o WHERE opened NOT IN (0, ${FUND})`);
    await expect('funded accounts', viewers.length, `SELECT COUNT(*) FROM (${opened}) o WHERE opened = ${FUND}`);
  });
}

/** Transfers a second by one way of writing them, on tables of its own. */
export function bareTransfers(
  namespace: Namespace,
  donors: Donors,
  transfers: number,
  connections: number,
  work: (connection: Connection, next: () => number | null) => Promise<void>,
): Promise<number> {
  return withScratch(namespace, async (_database, url) => {
    const opened = await Promise.all(Array.from({ length: connections }, () => createConnection({ uri: url })));
    const [first] = opened;
    if (!first) throw new Error('at least one connection is needed');
    await createTables(first, donors);
    let place = 0;
    const next = () => (place < transfers ? place++ : null);
    const from = performance.now();
    await Promise.all(opened.map((connection) => work(connection, next)));
    const seconds = (performance.now() - from) / 1_000;
    const total = await numberOf(first, 'SELECT SUM(balance) FROM accounts');
    const written = await numberOf(first, 'SELECT COUNT(*) FROM transfers');
    await Promise.all(opened.map((connection) => connection.end()));
    if (total !== donors.viewers.length * FUND || written !== transfers) {
      throw new Error(`the money of a peer is wrong: ${total} in all after ${written} transfers`);
    }
    return transfers / seconds;
  });
}

async function createTables(connection: Connection, { viewers, streamers }: Donors): Promise<void> {
  await connection.query('CREATE TABLE accounts (id BINARY(16) NOT NULL PRIMARY KEY, balance BIGINT NOT NULL)');
  await connection.query(
    `CREATE TABLE transfers (id BINARY(16) NOT NULL PRIMARY KEY, from_account BINARY(16) NOT NULL,
      to_account BINARY(16) NOT NULL, amount BIGINT NOT NULL, created_at DATETIME(6) NOT NULL)`,
  );
  const rows = [...viewers.map((id) => [uuidToBytes(id), FUND]), ...streamers.map((id) => [uuidToBytes(id), 0])];
  for (const chunk of chunks(rows, ROWS_AN_INSERT)) await connection.query('INSERT INTO accounts VALUES ?', [chunk]);
}

/** The transaction of the textbooks, one a donation. */
export function textbook(donors: Donors) {
  return async (connection: Connection, next: () => number | null): Promise<void> => {
    for (let at = next(); at !== null; at = next()) {
      const [viewer, streamer] = pair(donors, at).map(uuidToBytes) as [Buffer, Buffer];
      await connection.query('BEGIN');
      const lock = 'SELECT balance FROM accounts WHERE id = ? FOR UPDATE';
      const [rows] = await connection.execute(lock, [viewer]);
      if (!Array.isArray(rows) || rows.length !== 1) throw new Error('a viewer without an account');
      await connection.execute('UPDATE accounts SET balance = balance - ? WHERE id = ?', [PRICE, viewer]);
      await connection.execute('UPDATE accounts SET balance = balance + ? WHERE id = ?', [PRICE, streamer]);
      const row = [randomBytes(16), viewer, streamer, PRICE];
      await connection.execute('INSERT INTO transfers VALUES (?, ?, ?, ?, UTC_TIMESTAMP(6))', row);
      await connection.query('COMMIT');
    }
  };
}
