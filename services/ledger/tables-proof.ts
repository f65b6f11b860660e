import type { Row, Transaction } from '../../shared/database.ts';
import { toSqlTime } from '../../shared/database.ts';
import { bytesToUuid } from '../../shared/ids.ts';
import type { Counted, Fault } from '../../shared/proof.ts';

/** The ledger's tables added up for the proof, a page a call. Every function is given one snapshot. */
export const PAGE_ROWS = 20_000;
const MAXIMUM_NAMED_ROWS = 20;

type Group = Row & Counted & { number: string; last: Buffer };

/**
 * Transfers by kind and state, each beside its two postings: of a settled one `-sum` at the giver and `sum` at the
 * receiver, of a rejected one none. What was made at `before` or later is "younger".
 */
export async function countTransfers(tx: Transaction, after: Buffer | null, before: Date) {
  const parameters = [...(after ? [after] : []), PAGE_ROWS];
  return tx.select<Group & { credited: string; lines: string; wrong: string }>(
    `SELECT CONCAT(IF(created_at < ?, '', 'younger '), state, ' ', kind, 's') AS name, currency, COUNT(*) AS number,
       SUM(sum) AS sum, SUM(CRC32(id)) AS checksum, SUM(credit) AS credited, SUM(postings) AS \`lines\`,
       SUM(is_wrong) AS wrong, MAX(id) AS last
     FROM (${besidePostings(after)}) page GROUP BY name, currency`,
    [toSqlTime(before), ...parameters],
  );
}

/** The transfers of that page whose postings are wrong. */
export async function wrongTransfers(tx: Transaction, after: Buffer | null): Promise<Fault[]> {
  const rows = await tx.select<Row & { id: Buffer; state: string; sum: string; debit: string; credit: string }>(
    `SELECT * FROM (${besidePostings(after)}) page WHERE is_wrong LIMIT ${MAXIMUM_NAMED_ROWS}`,
    [...(after ? [after] : []), PAGE_ROWS],
  );
  return rows.map(({ id, state, sum, debit, credit }) => ({
    what: 'a transfer is not what its postings say',
    id: bytesToUuid(id),
    detail: `${state}, ${sum} minor units; its postings take ${-BigInt(debit)} and give ${credit}`,
  }));
}

function besidePostings(after: Buffer | null): string {
  return `
    SELECT t.id, t.kind, t.state, t.currency, t.sum, t.created_at, COUNT(p.id) AS postings,
      COALESCE(SUM(IF(p.account_id = t.from_account, p.amount, 0)), 0) AS debit,
      COALESCE(SUM(IF(p.account_id = t.to_account, p.amount, 0)), 0) AS credit,
      IF(t.state = 'settled',
        COUNT(p.id) <> 2 OR SUM(p.account_id = t.from_account AND p.amount = -t.sum AND p.currency = t.currency) <> 1
          OR SUM(p.account_id = t.to_account AND p.amount = t.sum AND p.currency = t.currency) <> 1,
        COUNT(p.id) <> 0) AS is_wrong
    FROM (SELECT id, kind, state, currency, sum, created_at, from_account, to_account FROM transfers
      ${after ? 'WHERE id > ?' : ''} ORDER BY id LIMIT ?) t
    LEFT JOIN postings p ON p.transfer_id = t.id GROUP BY t.id`;
}

/** All postings by currency, a page along their ids: whichever transfer they are of. */
export async function countPostings(tx: Transaction, after: string) {
  return tx.select<Row & Counted & { number: string; last: string }>(
    `SELECT 'postings' AS name, currency, COUNT(*) AS number, SUM(amount) AS sum, MAX(id) AS last
     FROM (SELECT id, currency, amount FROM postings WHERE id > ? ORDER BY id LIMIT ?) page GROUP BY currency`,
    [after, PAGE_ROWS * 10],
  );
}

/** Balances beside the sums of their postings, and how many accounts are wrong. */
export async function countBalances(tx: Transaction, after: Buffer | null) {
  return tx.select<Group & { posted: string; wrong: string }>(
    `SELECT 'balances' AS name, currency, COUNT(*) AS number, SUM(balance) AS sum, SUM(posted) AS posted,
       SUM(balance <> posted OR balance < 0) AS wrong, MAX(id) AS last
     FROM (${besideSums(after)}) page GROUP BY currency`,
    [...(after ? [after] : []), ACCOUNTS_PAGE_ROWS],
  );
}

/** Accounts have any number of postings each. */
export const ACCOUNTS_PAGE_ROWS = 2_000;

/** The accounts of that page whose balance is not the sum of their postings, or below zero. */
export async function wrongBalances(tx: Transaction, after: Buffer | null): Promise<Fault[]> {
  const rows = await tx.select<Row & { id: Buffer; balance: string; posted: string; currency: string }>(
    `SELECT * FROM (${besideSums(after)}) page WHERE balance <> posted OR balance < 0 LIMIT ${MAXIMUM_NAMED_ROWS}`,
    [...(after ? [after] : []), ACCOUNTS_PAGE_ROWS],
  );
  return rows.map(({ id, balance, posted, currency }) => ({
    what: 'a balance is not the sum of its postings',
    id: bytesToUuid(id),
    detail: `balance ${balance}, postings ${posted} (minor units, ${currency})`,
  }));
}

function besideSums(after: Buffer | null): string {
  return `
    SELECT a.id, a.currency, a.balance, COALESCE(SUM(p.amount), 0) AS posted
    FROM (SELECT id, currency, balance FROM accounts ${after ? 'WHERE id > ?' : ''} ORDER BY id LIMIT ?) a
    LEFT JOIN postings p ON p.account_id = a.id GROUP BY a.id, a.currency, a.balance`;
}

/** What the counter side of deposits and payouts holds: the negative of all money that came in and is still here. */
export async function countOutside(tx: Transaction, account: Buffer, currency: string): Promise<Counted> {
  const [row] = await tx.select<Row & { number: string; sum: string }>(
    'SELECT COUNT(*) AS number, COALESCE(SUM(amount), 0) AS sum FROM postings WHERE account_id = ?',
    [account],
  );
  return { name: 'outside money', currency, number: row?.number ?? 0, sum: row?.sum ?? 0 };
}
