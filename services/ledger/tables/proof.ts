import { type Row, toSqlTime, type Transaction } from '../../../shared/database.ts';
import { bytesToUuid } from '../../../shared/ids.ts';
import type { Counted, Fault } from '../../../shared/proof.ts';
import { NO_CURRENCY } from './accounts.ts';

/**
 * The ledger's tables added up for the proof, a page a call, each along a key that it is stored by: looking up the
 * postings of a million transfers one by one would take minutes. Every function is given one snapshot.
 */
export const PAGE_ROWS = 100_000;
/** Accounts have any number of postings each. */
export const ACCOUNTS_PAGE_ROWS = 2_000;
/** Transfers that are looked at beside their postings, once something is known to be wrong. */
export const SEARCH_PAGE_ROWS = 5_000;
const MAXIMUM_NAMED_ROWS = 20;

/** Rows weighed by this add up alike only where they are the same rows. DECIMAL: its product with a sum has no bound. */
const weight = (id: string, account: string) => `CAST(CRC32(CONCAT(${id}, ${account})) AS DECIMAL(20))`;

/** Transfers by kind and state, and who gave and got, weighed; what was made at `before` or later is "younger". */
export function countTransfers(tx: Transaction, after: Buffer | null, before: Date) {
  return tx.select<Row & Counted & { number: string; state: string; gave: string; got: string; last: Buffer }>(
    `SELECT CONCAT(IF(created_at < ?, '', 'younger '), state, ' ', kind, 's') AS name, state, currency,
       COUNT(*) AS number, SUM(sum) AS sum, SUM(CRC32(id)) AS checksum,
       SUM(${weight('id', 'from_account')} * sum) AS gave, SUM(${weight('id', 'to_account')} * sum) AS got,
       MAX(id) AS last
     FROM (SELECT id, kind, state, currency, sum, created_at, from_account, to_account FROM transfers
       ${after ? 'WHERE id > ?' : ''} ORDER BY id LIMIT ?) page GROUP BY name, state, currency`,
    [toSqlTime(before), ...(after ? [after] : []), PAGE_ROWS],
  );
}

/** Postings by currency, and who gave and got, weighed: `gave` and `got` of the settled transfers if all is right. */
export function countPostings(tx: Transaction, after: string) {
  type Sides = { credits: string; credited: string; gave: string; got: string };
  return tx.select<Row & Counted & Sides & { number: string; last: string }>(
    `SELECT 'postings' AS name, currency, COUNT(*) AS number, SUM(amount) AS sum, SUM(amount > 0) AS credits,
       SUM(GREATEST(amount, 0)) AS credited, SUM(GREATEST(-amount, 0) * ${weight('transfer_id', 'account_id')}) AS gave,
       SUM(GREATEST(amount, 0) * ${weight('transfer_id', 'account_id')}) AS got, MAX(id) AS last
     FROM (SELECT id, transfer_id, account_id, currency, amount FROM postings WHERE id > ? ORDER BY id LIMIT ?) page
     GROUP BY currency`,
    [after, PAGE_ROWS],
  );
}

/** The transfers of a page that are not what their postings say: of a settled one `-sum` and `sum`, else none. */
export async function searchTransfers(tx: Transaction, after: Buffer | null) {
  const rows = await tx.select<
    Row & { id: Buffer; state: string; sum: string; debit: string; credit: string; is_wrong: number }
  >(
    `SELECT t.id, t.state, t.sum,
       COALESCE(SUM(IF(p.account_id = t.from_account, p.amount, 0)), 0) AS debit,
       COALESCE(SUM(IF(p.account_id = t.to_account, p.amount, 0)), 0) AS credit,
       IF(t.state = 'settled',
         COUNT(p.id) <> 2 OR SUM(p.account_id = t.from_account AND p.amount = -t.sum AND p.currency = t.currency) <> 1
           OR SUM(p.account_id = t.to_account AND p.amount = t.sum AND p.currency = t.currency) <> 1,
         COUNT(p.id) <> 0) AS is_wrong
     FROM (SELECT id, state, currency, sum, from_account, to_account FROM transfers
       ${after ? 'WHERE id > ?' : ''} ORDER BY id LIMIT ?) t
     LEFT JOIN postings p ON p.transfer_id = t.id GROUP BY t.id ORDER BY t.id`,
    [...(after ? [after] : []), SEARCH_PAGE_ROWS],
  );
  const faults = rows
    .filter((row) => row.is_wrong)
    .map(({ id, state, sum, debit, credit }) => ({
      what: 'a transfer is not what its postings say',
      id: bytesToUuid(id),
      detail: `${state}, ${sum} minor units; its postings take ${-BigInt(debit)} and give ${credit}`,
    }));
  return { faults, page: { rows: rows.length, last: rows.at(-1)?.id ?? null } };
}

/** Balances beside the sums of their postings, and how many accounts are wrong. */
export function countBalances(tx: Transaction, after: Buffer | null) {
  return tx.select<Row & Counted & { number: string; posted: string; wrong: string; last: Buffer }>(
    `SELECT 'balances' AS name, currency, COUNT(*) AS number, SUM(balance) AS sum, SUM(posted) AS posted,
       SUM(balance <> posted OR balance < 0) AS wrong, MAX(id) AS last
     FROM (${besidePostings(after)}) page GROUP BY currency`,
    [...(after ? [after] : []), ACCOUNTS_PAGE_ROWS],
  );
}

/** The accounts of that page whose balance is not the sum of their postings, or below zero. */
export async function wrongBalances(tx: Transaction, after: Buffer | null): Promise<Fault[]> {
  const rows = await tx.select<Row & { id: Buffer; balance: string; posted: string; currency: string }>(
    `SELECT * FROM (${besidePostings(after)}) page WHERE balance <> posted OR balance < 0 LIMIT ${MAXIMUM_NAMED_ROWS}`,
    [...(after ? [after] : []), ACCOUNTS_PAGE_ROWS],
  );
  return rows.map(({ id, balance, posted, currency }) => ({
    what: 'a balance is not the sum of its postings',
    id: bytesToUuid(id),
    detail: `balance ${balance}, postings ${posted} (minor units, ${currency})`,
  }));
}

/** Without rows that only say that somebody is blocked, of no currency, as long as nothing stands on them. */
function besidePostings(after: Buffer | null): string {
  return `
    SELECT a.id, a.currency, a.balance,
      COALESCE((SELECT SUM(p.amount) FROM postings p WHERE p.account_id = a.id), 0) AS posted
    FROM (SELECT id, currency, balance FROM accounts
      WHERE (currency <> '${NO_CURRENCY}' OR balance <> 0) ${after ? 'AND id > ?' : ''} ORDER BY id LIMIT ?) a`;
}

/** What the counter side of deposits and payouts holds: the negative of all money that came in and is still here. */
export async function countOutside(tx: Transaction, account: Buffer, currency: string): Promise<Counted> {
  const [row] = await tx.select<Row & { number: string; sum: string }>(
    'SELECT COUNT(*) AS number, COALESCE(SUM(amount), 0) AS sum FROM postings WHERE account_id = ?',
    [account],
  );
  return { name: 'outside money', currency, number: row?.number ?? 0, sum: row?.sum ?? 0 };
}
