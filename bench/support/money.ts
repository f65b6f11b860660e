import { randomUUID } from 'node:crypto';
import { uuidToBytes } from '../../shared/ids.ts';
import { numberOf, withAdmin } from './admin.ts';
import { chunks } from './chunks.ts';
import type { Namespace } from './namespace.ts';

/** Who gives to whom, and how often. */
export interface Donors {
  readonly viewers: readonly string[];
  readonly streamers: readonly string[];
}

/** What each viewer has before the first donation, in minor units: more than anybody gives. */
export const FUND = 1_000_000;
const ROWS_AN_INSERT = 1_000;

/** The `at`-th donation: viewers and streamers in turn, in such a way that the pairs differ. */
export function pair({ viewers, streamers }: Donors, at: number): readonly [string, string] {
  const streamer = (at * 7 + Math.floor(at / streamers.length)) % streamers.length;
  return [viewers[at % viewers.length] ?? '', streamers[streamer] ?? ''];
}

/** New people. */
export function newDonors(viewers: number, streamers: number): Donors {
  const people = (count: number) => Array.from({ length: count }, () => randomUUID());
  return { viewers: people(viewers), streamers: people(streamers) };
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
