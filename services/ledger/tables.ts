import { fromSqlTime, toSqlTime, type Transaction } from '../../shared/database.ts';
import { bytesToUuid, uuidToBytes } from '../../shared/ids.ts';
import type { Account, Booking, Transfer } from './account.ts';

/** The ledger's tables; nothing else names them. Every function takes an open transaction. */

const ACCOUNT_COLUMNS = 'id, currency, balance, version, status';

interface AccountRow extends Record<string, unknown> {
  id: Buffer;
  currency: string;
  balance: string;
  version: string;
  status: string;
}

/**
 * Opens what may be opened and is missing, locks all accounts in the order of their ids, and reads them. Every writer
 * locks in that one order, so that no two can wait for each other.
 * @param openable account → currency: those that may be opened
 * @returns the accounts that were open before; one opened just now, by nobody touched yet, is left out
 */
export async function lockAccounts(
  tx: Transaction,
  ids: readonly string[],
  openable: ReadonlyMap<string, string>,
): Promise<ReadonlyMap<string, Account>> {
  if (ids.length === 0) return new Map();
  const sorted = [...new Set(ids)].sort();
  const before = await openAccounts(tx, sorted);
  const isMissing = (id: string) => openable.has(id) && !before.has(id);
  if (sorted.some(isMissing)) await openInOrder(tx, sorted, openable);
  // The index is named since on a small table a full scan, which waits for rows of others, would seem cheaper.
  const rows = await tx.select<AccountRow>(
    `SELECT ${ACCOUNT_COLUMNS} FROM accounts FORCE INDEX (PRIMARY) WHERE id IN (?) ORDER BY id FOR UPDATE`,
    [sorted.map(uuidToBytes)],
  );
  const wasOpen = ({ id, version, isBlocked }: Account) => before.has(id) || version > 0 || isBlocked;
  const accounts = rows.map(toAccount).filter(wasOpen);
  return new Map(accounts.map((account) => [account.id, account]));
}

async function openAccounts(tx: Transaction, ids: readonly string[]): Promise<ReadonlySet<string>> {
  const rows = await tx.select<{ id: Buffer }>('SELECT id FROM accounts WHERE id IN (?)', [ids.map(uuidToBytes)]);
  return new Set(rows.map(({ id }) => bytesToUuid(id)));
}

/** An insert locks too: so the openable ones and the others take turns, run by run, in the one order of ids. */
async function openInOrder(
  tx: Transaction,
  sorted: readonly string[],
  openable: ReadonlyMap<string, string>,
): Promise<void> {
  for (let from = 0, to = 0; from < sorted.length; from = to) {
    const isOpenable = openable.has(sorted[from] as string);
    while (to < sorted.length && openable.has(sorted[to] as string) === isOpenable) to++;
    const run = sorted.slice(from, to);
    if (isOpenable) {
      const rows = run.map((id) => [uuidToBytes(id), openable.get(id) as string]);
      await tx.change('INSERT INTO accounts (id, currency) VALUES ? ON DUPLICATE KEY UPDATE id = id', [rows]);
    } else {
      await tx.select('SELECT id FROM accounts FORCE INDEX (PRIMARY) WHERE id IN (?) ORDER BY id FOR UPDATE', [
        run.map(uuidToBytes),
      ]);
    }
  }
}

/** An account without its lock, or null where it was never opened. */
export async function findAccount(tx: Transaction, id: string): Promise<Account | null> {
  const [row] = await tx.select<AccountRow>(`SELECT ${ACCOUNT_COLUMNS} FROM accounts WHERE id = ?`, [uuidToBytes(id)]);
  return row ? toAccount(row) : null;
}

function toAccount(row: AccountRow): Account {
  return {
    id: bytesToUuid(row.id),
    currency: row.currency,
    balance: BigInt(row.balance),
    version: Number(row.version),
    isBlocked: row.status === 'blocked',
  };
}

/** Writes a booking whole; its accounts must be locked. @throws on a transfer that is already there (duplicate key) */
export async function insertBooking(tx: Transaction, booking: Booking, now: Date): Promise<void> {
  const { transfers, postings, balances } = booking;
  if (transfers.length > 0) {
    await tx.change(
      'INSERT INTO transfers (id, kind, state, reason, from_account, to_account, sum, currency, fingerprint, ' +
        'balance_after, version_after, created_at) VALUES ?',
      [transfers.map((transfer) => transferRow(transfer, now))],
    );
  }
  if (postings.length > 0) {
    await tx.change('INSERT INTO postings (transfer_id, account_id, amount, currency) VALUES ?', [
      postings.map((p) => [uuidToBytes(p.transferId), uuidToBytes(p.accountId), p.amount, p.currency]),
    ]);
  }
  if (balances.length > 0) {
    await tx.change(
      'INSERT INTO accounts (id, currency, balance, version) VALUES ? ' +
        'ON DUPLICATE KEY UPDATE balance = VALUES(balance), version = VALUES(version)',
      [[...balances].sort(byId).map((a) => [uuidToBytes(a.id), a.currency, a.balance, a.version])],
    );
  }
}

const byId = (one: Account, other: Account) => (one.id < other.id ? -1 : 1);

function transferRow(transfer: Transfer, now: Date) {
  const { id, kind, state, reason, from, to, sum, currency, fingerprint, after } = transfer;
  return [
    uuidToBytes(id),
    kind,
    state,
    reason,
    uuidToBytes(from),
    uuidToBytes(to),
    sum,
    currency,
    fingerprint,
    after && after.balance,
    after && after.version,
    toSqlTime(now),
  ];
}

/** A transfer as far as a repeat of its request needs it. */
export interface StoredTransfer {
  readonly kind: string;
  readonly currency: string;
  readonly fingerprint: string | null;
  /** Minor units; null for a donation. */
  readonly balanceAfter: bigint | null;
  /** RFC 3339. */
  readonly createdAt: string;
}

/** Those of the given transfers that are there, settled or rejected. */
export async function findTransfers(
  tx: Transaction,
  ids: readonly string[],
): Promise<ReadonlyMap<string, StoredTransfer>> {
  if (ids.length === 0) return new Map();
  const rows = await tx.select<{
    id: Buffer;
    kind: string;
    currency: string;
    fingerprint: string | null;
    balance_after: string | null;
    created_at: string;
  }>('SELECT id, kind, currency, fingerprint, balance_after, created_at FROM transfers WHERE id IN (?)', [
    ids.map(uuidToBytes),
  ]);
  return new Map(
    rows.map(({ id, kind, currency, fingerprint, balance_after: after, created_at: at }) => [
      bytesToUuid(id),
      { kind, currency, fingerprint, balanceAfter: after === null ? null : BigInt(after), createdAt: fromSqlTime(at) },
    ]),
  );
}

/** One line of an account. */
export interface PostingLine {
  /** Grows along the account. */
  readonly position: string;
  readonly transferId: string;
  readonly kind: string;
  /** Minor units, signed. */
  readonly amount: bigint;
  readonly currency: string;
  readonly createdAt: string;
}

/** An account's lines, newest first. @param before only lines older than this position; null: from the newest */
export async function listPostings(
  tx: Transaction,
  accountId: string,
  before: string | null,
  limit: number,
): Promise<PostingLine[]> {
  const rows = await tx.select<{
    id: string;
    transfer_id: Buffer;
    kind: string;
    amount: string;
    currency: string;
    created_at: string;
  }>(
    'SELECT p.id, p.transfer_id, t.kind, p.amount, p.currency, t.created_at FROM postings p ' +
      'JOIN transfers t ON t.id = p.transfer_id WHERE p.account_id = ?' +
      `${before === null ? '' : ' AND p.id < ?'} ORDER BY p.id DESC LIMIT ?`,
    [uuidToBytes(accountId), ...(before === null ? [] : [before]), limit],
  );
  return rows.map((row) => ({
    position: String(row.id),
    transferId: bytesToUuid(row.transfer_id),
    kind: row.kind,
    amount: BigInt(row.amount),
    currency: row.currency,
    createdAt: fromSqlTime(row.created_at),
  }));
}
